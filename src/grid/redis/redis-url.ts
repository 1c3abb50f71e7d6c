import { LifelongError } from '../../core/errors.js';

/**
 * Refuses what is no address of a Redis server, such as `redis://host:6379`, `rediss://user:password@host:6380/2`.
 *
 * @throws LifelongError `usage`, which does not repeat the text: it may hold a password
 */
export function checkRedisUrl(text: string): void {
  if (/^rediss?:\/\//.test(text) && URL.canParse(text) && new URL(text).hostname !== '') return;
  throw new LifelongError('usage', 'redis://HOST:PORT, or rediss://HOST:PORT with TLS, expected, found another address');
}

/** The address without user and password. */
export function shownUrl(address: string): string {
  const { protocol, hostname, port, pathname } = new URL(address);
  return `${protocol}//${hostname}:${port === '' ? '6379' : port}${pathname === '/' ? '' : pathname}`;
}
