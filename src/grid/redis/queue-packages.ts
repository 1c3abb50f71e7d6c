import type BullMQ from 'bullmq';
import type { Redis } from 'ioredis';
import { LifelongError } from '../../core/errors.js';

/** The packages that queues over Redis need. */
export interface QueuePackages {
  readonly bullmq: typeof BullMQ;
  readonly Redis: typeof Redis;
}

/** @throws LifelongError `usage` saying what to install, where one of the packages is missing */
export async function loadQueuePackages(): Promise<QueuePackages> {
  try {
    const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
    return { bullmq, Redis };
  } catch (cause) {
    throw new LifelongError(
      'usage',
      'redis: the optional packages bullmq and ioredis expected, found one of them missing',
      'npm install bullmq ioredis',
      { cause },
    );
  }
}
