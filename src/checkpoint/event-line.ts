import type { LearnEvent } from '../core/events.js';
import { decodeJson, encodeJson } from './json-codec.js';
import { sha256 } from './run-file.js';

/** An event as the log keeps it. */
export type TimedEvent = LearnEvent & { readonly time: string };

/** A line of events.ndjson: where it ends (behind its newline) and its event, or what is wrong with it. */
export interface EventLine {
  readonly number: number;
  readonly end: number;
  readonly event: TimedEvent | undefined;
  /** Without a newline at its end: the last line of a log that a crash cut, or that is being written. */
  readonly torn: boolean;
}

const suffixLength = ',"check":"01234567"}'.length;

/** One line with its newline; its last member `check` is the start of the sha256 of everything before it. */
export function formatEventLine(event: LearnEvent, time: string): string {
  const text = JSON.stringify(encodeJson({ time, ...event }, 'event')).slice(0, -1);
  return `${text}${checkSuffix(text)}\n`;
}

/** The lines of a log, in order; the last may be torn. */
export function* parseEventLines(bytes: Uint8Array): Generator<EventLine> {
  for (let start = 0, number = 1; start < bytes.length; number++) {
    const newline = bytes.indexOf(0x0a, start);
    const torn = newline < 0;
    const end = torn ? bytes.length : newline + 1;
    yield { number, end, event: parseEventLine(bytes.subarray(start, torn ? end : newline)), torn };
    start = end;
  }
}

/** The event of a line without its newline; undefined for a line that is damaged. */
export function parseEventLine(line: Uint8Array): TimedEvent | undefined {
  const text = line.subarray(0, -suffixLength);
  if (Buffer.from(line.subarray(text.length)).toString('latin1') !== checkSuffix(text)) return undefined;
  try {
    const event = decodeJson(JSON.parse(`${Buffer.from(text).toString('utf8')}}`));
    return typeof event === 'object' && event !== null && 'type' in event && 'time' in event ? (event as TimedEvent) : undefined;
  } catch {
    return undefined;
  }
}

function checkSuffix(text: string | Uint8Array): string {
  return `,"check":"${sha256(text).slice(0, 8)}"}`;
}
