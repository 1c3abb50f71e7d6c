import { resolve } from 'node:path';
import { LifelongError } from '../core/errors.js';

/** What is asked for: `kind`, `kind:source` or `source` alone, with `@side` behind it where images are resized to another side. */
export interface NetworkRequest {
  readonly text: string;
  /** One of the kinds; undefined where the source alone is given. */
  readonly kind: string | undefined;
  /** URL or absolute path. */
  readonly source: string | undefined;
  readonly side: number | undefined;
}

/**
 * Reads what is asked for.
 *
 * @param what it is, for errors: `features`, `backbone`
 * @param kinds names that may stand before the colon
 * @param base folder that relative paths start from; the working folder when empty
 * @throws LifelongError `config` for a side that no network takes
 */
export function parseRequest(what: string, text: string, kinds: readonly string[], base = ''): NetworkRequest {
  const [, body = text, digits] = /^(.+)@(\d+)$/.exec(text) ?? [];
  const side = digits === undefined ? undefined : Number(digits);
  if (side !== undefined && (side < 32 || side > 1024)) {
    throw new LifelongError('config', `${what} ${text}: a side of 32 to 1024 behind @ expected, found ${side}`);
  }
  const [, prefix = body, rest] = /^([\w-]+):(?!\/\/)(.+)$/.exec(body) ?? [];
  const kind = kinds.includes(prefix) ? prefix : undefined;
  const given = kind === undefined ? body : rest;
  return { text, kind, side, source: given === undefined || isUrl(given) ? given : resolve(base, given) };
}

export const isUrl = (source: string): boolean => /^https?:\/\//.test(source);
