import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './command.mjs';

const path = join(tmpdir(), `lifelong-setup-${process.getuid?.() ?? 'user'}.lock`);

/** Runs `work` while no other set-up of this user does: set-ups share `node_modules` and the cache. A lock of a dead process is taken over. */
export async function withLock(work) {
  for (let waiting = false; !take(); waiting = true) {
    if (!waiting) say(`waiting for another set-up (process ${owner(path) ?? 'just ended'})`);
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take() {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    dropStale();
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function dropStale() {
  const pid = owner(path);
  if (pid === undefined || isAlive(pid)) return;
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    if (owner(aside) !== pid) linkSync(aside, path); // another process had taken it over in between
  } catch {
    // someone else was faster
  }
  rmSync(aside, { force: true });
}

function owner(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
