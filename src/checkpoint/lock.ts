import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock as acquireGate } from 'proper-lockfile';
import { z } from 'zod';
import { LifelongError } from '../core/errors.js';
import { ownerLives } from './owner-lives.js';
import { errorCode, storageError } from './storage-error.js';

export const lockName = 'lock';

const ownerSchema = z.object({
  pid: z.int(),
  host: z.string(),
  /** When the process started, in the system's own terms; tells a process from a later one with the same id. */
  start: z.string().nullable(),
  since: z.string(),
  token: z.string(),
});
/** The process that writes a run. */
export type RunOwner = z.infer<typeof ownerSchema>;

/** The right to write a run. */
export interface RunLock {
  /** @throws LifelongError `run-locked` when another process took the run over */
  assertHeld(): Promise<void>;
  release(): Promise<void>;
}

const heartbeatMs = 10_000;

/**
 * Takes the right to write a run. `lock/owner.json` names the process that has it and is touched every ten seconds; a process on this host
 * that is dead, or one that is silent for two minutes or two minutes ahead, on another host or where the system does not tell when a process started, has
 * lost it (see {@link ownerLives}). Looking and taking are one step behind the gate
 * `lock/gate`, a proper-lockfile lock that is held for milliseconds.
 *
 * @throws LifelongError `run-locked` naming process and host; `storage`
 */
export async function lockRun(root: string): Promise<RunLock> {
  const path = join(root, lockName, 'owner.json');
  try {
    await mkdir(join(root, lockName)).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
    const token = await throughGate(root, () => takeOwnership(root, path));
    const heartbeat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), heartbeatMs);
    heartbeat.unref();
    return {
      async assertHeld() {
        const owner = await readOwner(root);
        if (owner?.token === token) return;
        await stat(root);
        throw owner
          ? locked(root, owner)
          : new LifelongError('run-locked', `${root}: its lock expected, found none`, 'it was removed; resume the run');
      },
      async release() {
        clearInterval(heartbeat);
        if ((await readOwner(root))?.token === token) await rm(path, { force: true });
      },
    };
  } catch (error) {
    throw storageError(error, 'cannot lock', root);
  }
}

/** The living process that writes a run, or undefined when there is none. */
export async function runOwner(root: string): Promise<RunOwner | undefined> {
  const owner = await readOwner(root);
  return owner && (await isAlive(root, owner)) ? owner : undefined;
}

async function takeOwnership(root: string, path: string): Promise<string> {
  const owner = await runOwner(root);
  if (owner) throw locked(root, owner);
  const token = randomUUID();
  const started = await processStart(pid);
  const own: RunOwner = {
    pid,
    host: hostname(),
    start: typeof started === 'string' ? started : null,
    since: new Date().toISOString(),
    token,
  };
  await writeFile(path, JSON.stringify(own));
  return token;
}

/** A gate that a crash left shut opens after two seconds. */
async function throughGate<T>(root: string, work: () => Promise<T>): Promise<T> {
  const options = { lockfilePath: join(root, lockName, 'gate'), realpath: false, stale: 2000, update: 1000 };
  for (let attempt = 1; ; attempt++) {
    let release: () => Promise<void>;
    try {
      release = await acquireGate(root, options);
    } catch (cause) {
      if (errorCode(cause) !== 'ELOCKED') throw cause;
      if (attempt === 60) throw new LifelongError('run-locked', `${root}: another process is opening the run`, 'try again', { cause });
      await sleep(50);
      continue;
    }
    try {
      return await work();
    } finally {
      await release();
    }
  }
}

async function readOwner(root: string): Promise<RunOwner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(join(root, lockName, 'owner.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

async function isAlive(root: string, owner: RunOwner): Promise<boolean> {
  const seen = await stat(join(root, lockName, 'owner.json')).catch(() => undefined);
  return ownerLives(owner.start, {
    here: owner.host === hostname(),
    running: isRunning(owner.pid),
    start: await processStart(owner.pid),
    silence: seen && Math.abs(Date.now() - seen.mtimeMs),
  });
}

/** Whether there is a process of this id, of whichever user. */
function isRunning(id: number): boolean {
  try {
    kill(id, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/** When a process started (Linux: boot and clock ticks since); null for one that ended but is not collected; undefined where the system does not say. */
async function processStart(id: number): Promise<string | null | undefined> {
  try {
    const [boot, status] = await Promise.all([readFile('/proc/sys/kernel/random/boot_id', 'utf8'), readFile(`/proc/${id}/stat`, 'utf8')]);
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : `${boot.trim()}/${fields[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

function locked(root: string, { pid: id, host, since }: RunOwner): LifelongError {
  return new LifelongError(
    'run-locked',
    `${root}: a run that nobody else writes expected, found process ${id} on ${host} writing it since ${since}`,
    `wait for it or stop it, or choose another run folder; if it is surely gone, remove ${join(root, lockName)}`,
  );
}
