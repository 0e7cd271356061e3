// struct { AlertLevel level; AlertDescription description; } Alert;      RFC 5246 §7.2
import { Alert, AlertLevel } from "../codes";

export const LENGTH: u32 = 2;

export function write(at: usize, alert: u32): void {
  store<u8>(at, isWarning(alert) ? AlertLevel.WARNING : AlertLevel.FATAL);
  store<u8>(at, alert, 1);
}

function isWarning(alert: u32): bool {
  return alert == Alert.CLOSE_NOTIFY || alert == Alert.USER_CANCELED || alert == Alert.NO_RENEGOTIATION;
}

/**
 * True if the connection ends with it: close_notify, and whatever calls itself fatal, known or not (7925-6-1, 7925-6-5).
 * No second attempt with a lower version follows (7925-18-2).
 */
export function isFinal(level: u32, alert: u32): bool {
  return alert == Alert.CLOSE_NOTIFY || level == AlertLevel.FATAL;
}
