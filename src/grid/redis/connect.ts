import type { Redis } from 'ioredis';
import { LifelongError } from '../../core/errors.js';
import { loadQueuePackages, type QueuePackages } from './queue-packages.js';
import { checkRedisUrl, shownUrl } from './redis-url.js';

/** A server that answers, and the packages to use it with. */
export interface Connection extends QueuePackages {
  /** Its address without user and password. */
  readonly shown: string;
  /** Another client of the same server; it connects again by itself where the server goes away. */
  client(): Redis;
}

/** The oldest server that queues work with. */
const leastVersion = [6, 2] as const;

/**
 * Tries a Redis server.
 *
 * @throws LifelongError `usage` for another address, or when there is no server, it refuses the password, or it is too old; or when a package is missing
 */
export async function connect(address: string): Promise<Connection> {
  checkRedisUrl(address);
  const packages = await loadQueuePackages();
  const shown = shownUrl(address);
  const trial = new packages.Redis(address, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 5000,
  });
  let reason: unknown;
  trial.on('error', (error: unknown) => (reason ??= error));
  try {
    await trial.connect();
    refuseOld(shown, await trial.info('server'));
  } catch (error) {
    throw refusal(shown, reason ?? error);
  } finally {
    trial.disconnect();
  }
  return {
    ...packages,
    shown,
    client: () => {
      const client = new packages.Redis(address, { maxRetriesPerRequest: null });
      client.on('error', () => undefined); // it connects again; whoever waits for an answer waits on
      return client;
    },
  };
}

function refuseOld(shown: string, info: string): void {
  const found = /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
  const [major = 0, minor = 0] = found.split('.').map(Number);
  if (major > leastVersion[0] || (major === leastVersion[0] && minor >= leastVersion[1])) return;
  throw new LifelongError('usage', `${shown}: Redis ${leastVersion.join('.')} or newer expected, found ${found}`);
}

function refusal(shown: string, error: unknown): LifelongError {
  if (error instanceof LifelongError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/WRONGPASS|NOAUTH|NOPERM|invalid password|without any password/i.test(message)) {
    const [kind = ''] = message.split(' ');
    return new LifelongError(
      'usage',
      `${shown}: a user and password that the server takes expected, found others (${kind})`,
      hints.password,
    );
  }
  return new LifelongError('usage', `${shown}: a Redis server expected, found none (${message || 'no answer'})`, hints.server);
}

const hints = {
  password: 'rediss://USER:PASSWORD@HOST:PORT, or rediss://:PASSWORD@HOST:PORT for the default user; best in LIFELONG_REDIS',
  server: 'start one (redis-server), or check host, port and network; rediss:// is for a server with TLS alone',
};
