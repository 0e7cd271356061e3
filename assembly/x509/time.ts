// Time ::= CHOICE {
//   utcTime        UTCTime,           YYMMDDHHMMSSZ
//   generalTime    GeneralizedTime }  YYYYMMDDHHMMSSZ                      RFC 5280 §4.1.2.5
import { Reader } from "../wire";
import { GENERALIZED_TIME, UTC_TIME, next, open, refuse } from "./der";

const FEBRUARY: u32 = 2;
const DAY: u32 = 86400;
const ZULU: u32 = 0x5a;

/**
 * Reads a Time, in either form (7925-4.4.4-5). Returns seconds since 1970; for what lies before, 0; for years after 2105 the
 * largest number, so that 99991231235959Z, which says "no end", is one.
 */
export function readTime(): u32 {
  let isGeneralized = next() == GENERALIZED_TIME;
  let time = open(isGeneralized ? GENERALIZED_TIME : UTC_TIME);
  let year = readTwo();
  if (isGeneralized) year = year * 100 + readTwo();
  else year += year < 50 ? 2000 : 1900;
  let month = readTwo();
  let day = readTwo();
  let hour = readTwo();
  let minute = readTwo();
  let second = readTwo();
  let isDate = month - 1 < 12 && day - 1 < daysOf(month, year);
  let isTime = isDate && hour < 24 && minute < 60 && second < 60 && Reader.u8() == ZULU;
  if (!isTime) refuse();
  Reader.close(time);
  if (!isTime || year < 1970) return 0;
  if (year > 2105) return u32.MAX_VALUE;
  return (daysBefore(month, year) + day - 1) * DAY + (hour * 60 + minute) * 60 + second;
}

function readTwo(): u32 {
  let tens = readDigit();
  return tens * 10 + readDigit();
}

function readDigit(): u32 {
  let digit = Reader.u8() - 0x30;
  if (digit < 10) return digit;
  refuse();
  return 0;
}

function isLeap(year: u32): bool {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

function daysOf(month: u32, year: u32): u32 {
  if (month == FEBRUARY) return isLeap(year) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1); // longer are the odd ones until July, then the even ones
}

/** Days from 1970 to this month of a year up to 2105. */
function daysBefore(month: u32, year: u32): u32 {
  let days = (year - 1970) * 365 + ((year - 1969) >> 2); // with a leap day for each fourth year before this one,
  if (year > 2100) days--; // but for 2100
  for (let past: u32 = 1; past < month; past++) days += daysOf(past, year);
  return days;
}
