import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import type { Need } from '../support/needing.js';

export const redisServer: Need = {
  what: "redis-server, which the system's packages have",
  there: spawnSync('redis-server', ['--version']).status === 0,
};

/** A Redis server of the test's own, on a free port that this machine alone can reach. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Ends it, as the system does when it shuts down: it saves what it holds. */
  stop(): Promise<void>;
  /** Starts it again on the same port, with what it saved, or `empty`. */
  restart(how?: 'empty'): Promise<void>;
}

const running = new Set<ChildProcess>();
const folders: string[] = [];
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export async function startRedis(flags: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lifelong-redis-'));
  folders.push(folder);
  const port = await freePort();
  let child = await launch(port, folder, flags);
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await ended;
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    stop,
    async restart(how) {
      if (child.exitCode === null) await stop();
      if (how === 'empty') rmSync(join(folder, 'dump.rdb'), { force: true });
      child = await launch(port, folder, flags);
    },
  };
}

async function launch(port: number, folder: string, flags: readonly string[]): Promise<ChildProcess> {
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '3600 1', '--loglevel', 'warning'];
  const child = spawn('redis-server', [...own, ...flags], { stdio: 'ignore' });
  running.add(child);
  child.once('close', () => running.delete(child));
  const asked = flags.includes('--tls-port') ? Number(flags[flags.indexOf('--tls-port') + 1]) : port;
  for (let tries = 0; !(await answers(asked)); tries++) {
    if (child.exitCode !== null || tries > 300) throw new Error(`redis-server does not start: exit code ${String(child.exitCode)}`);
    await sleep(50);
  }
  return child;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
