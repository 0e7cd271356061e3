// In the place of host/core/certificate-words.ts, trace.ts and idle.ts: this firmware has the module with pre-shared keys, which
// neither speaks of certificates nor traces, and its connections end for no idleness.

export function rowOfCertificate(): null {
  return null;
}
export function rowOfCertificateMisuse(): null {
  return null;
}
export function hintOfCertificateAlert(): string {
  return '';
}
export function checkName(): string {
  return '';
}
export function certificateAlertName(): string {
  return '';
}

export class Trace {
  read(): void {}
}

export class Idleness {
  declare readonly deadline: null;

  constructor() {
    this.deadline = null;
  }

  watch(): void {}
  sweep(): void {}
}
