// In the place of host/core/certificate-words.ts: this firmware has the module with pre-shared keys alone, so these words are never said.

export function rowOfCertificate(): null {
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
