// enum { path_challenge(0), path_response(1), path_drop(2), (255) } rrc_msg_type;
// struct { rrc_msg_type msg_type; opaque cookie[8]; } return_routability_check;           RFC 9853 §4 (9853-4-1)
import { PATH_COOKIE } from "../limits";

export const PATH_CHALLENGE: u32 = 0;
export const PATH_RESPONSE: u32 = 1;
export const PATH_DROP: u32 = 2;

export const LENGTH: u32 = 1 + PATH_COOKIE;

export function write(at: usize, type: u32, cookie: usize): void {
  store<u8>(at, type);
  memory.copy(at + 1, cookie, PATH_COOKIE);
}
