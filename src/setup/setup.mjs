#!/usr/bin/env node
// From a fresh clone to a working native backend, in one command:  npm run setup
//
//   1. packages  npm ci, when node_modules is not what package-lock.json asks for
//   2. probe     multiply two matrices in a child process; done if that works
//   3. upstream  @tensorflow/tfjs-node's own install script
//   4. wheel     libtensorflow from a PyPI wheel, the binding compiled against it
//   5. probe     again; what failed and the ways out, otherwise
//   6. oneDNN    whether its kernels gain on this processor, once
//
// Node built-ins only: this runs before anything is installed. `lifelong setup` calls the same function.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { say } from './command.mjs';
import { withLock } from './lock.mjs';
import { oneDnnSetting, otherRelease } from './native.mjs';
import { measureOneDnn, oneDnnGains } from './onednn.mjs';
import { arePackagesInstalled, installPackages } from './packages.mjs';
import { probe } from './probe.mjs';
import { installUpstream } from './upstream.mjs';
import { installFromWheel } from './wheel.mjs';

const waysOut = [
  'let this machine reach storage.googleapis.com, or set TFJS_NODE_CDN_STORAGE to a mirror of it',
  'on linux x64: have python3 with pip and g++ on PATH (Debian, Ubuntu: apt-get install python3-pip g++), then run setup again',
  'on linux x64 without network: setup --wheel FILE with the PyPI wheel tensorflow_cpu-2.15.1-cp311-cp311-manylinux…_x86_64.whl',
];

/**
 * Makes the native backend work, or says what is missing. Several set-ups at once wait for each other.
 *
 * @param {{ check?: boolean, from?: 'auto' | 'upstream' | 'wheel', wheel?: string, force?: boolean }} [options]
 *   check: only look; from: the one way to install; wheel: a tensorflow-cpu wheel on disk; force: install again what works
 * @returns {Promise<{ ok: boolean, text: string }>} `text`: one line with the versions, or what is wrong and the ways out
 */
export async function setup({ check = false, from = 'auto', wheel, force = false } = {}) {
  const newEnough = process.versions.node.localeCompare('20.19', undefined, { numeric: true }) >= 0;
  if (!newEnough) return { ok: false, text: `Node 20.19 or newer expected, found ${process.versions.node}` };
  if (!force) {
    const ready = arePackagesInstalled() ? probe() : { ok: false, text: 'the packages are not those of package-lock.json' };
    if (ready.ok) return works(ready, { check });
    if (check) return { ok: false, text: `The TensorFlow native backend does not work here: ${ready.text}\nrun setup without --check` };
  }
  try {
    return await withLock(() => install({ from: wheel === undefined ? from : 'wheel', wheel, force }));
  } catch (error) {
    return { ok: false, text: error.message };
  }
}

async function install({ from, wheel, force }) {
  if (!arePackagesInstalled()) installPackages();
  let result = force ? { ok: false, text: '' } : probe();
  const failures = [];
  const ways = { upstream: installUpstream, wheel: () => installFromWheel({ wheel, force }) };
  for (const [name, way] of Object.entries(ways)) {
    if (result.ok || (from !== 'auto' && from !== name)) continue;
    try {
      await way();
      result = probe();
      if (!result.ok) failures.push(`${name}: installed, but ${result.text}`);
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
    if (!result.ok) say(`${failures.at(-1)}${name === 'upstream' && from === 'auto' ? '; trying the PyPI wheel' : ''}`);
  }
  if (result.ok) return works(result, { check: false });
  const list = (lines) => lines.map((line) => `  - ${line}`).join('\n');
  return { ok: false, text: `The TensorFlow native backend does not work here.\n${list(failures)}\nWays out:\n${list(waysOut)}` };
}

/** What is said of a backend that works; what is missing of the measurement is made up for, unless `check` only looks. */
function works({ text, libtensorflow }, { check }) {
  if (!check) measureOneDnn(libtensorflow);
  const lines = [`native backend works: ${text}${(oneDnnSetting() ?? oneDnnGains()) ? ', with oneDNN' : ''}`, otherRelease(libtensorflow)];
  return { ok: true, text: lines.filter((line) => line !== undefined).join('\n') };
}

async function main() {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean' },
      from: { type: 'string' },
      wheel: { type: 'string' },
      force: { type: 'boolean' },
    },
  });
  if (values.from !== undefined && !['auto', 'upstream', 'wheel'].includes(values.from)) {
    throw new Error(`--from: auto, upstream or wheel expected, found ${values.from}`);
  }
  const { ok, text } = await setup(values);
  if (ok) console.log(text);
  else console.error(text);
  process.exitCode = ok ? 0 : 1;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    console.error(`setup: ${error.message}`);
    process.exitCode = 2;
  }
}
