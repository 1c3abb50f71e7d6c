import { rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, say } from './command.mjs';
import { tfjsFolder } from './place.mjs';

/** @tensorflow/tfjs-node's own install script, which downloads libtensorflow and a ready binding. */
export async function installUpstream() {
  const host = process.env.TFJS_NODE_CDN_STORAGE ?? process.env.CDN_STORAGE ?? 'https://storage.googleapis.com/';
  try {
    await fetch(host, { method: 'HEAD', signal: AbortSignal.timeout(8000) });
  } catch {
    throw new Error(`${host} cannot be reached`);
  }
  say(`installing libtensorflow from ${host}`);
  const folder = tfjsFolder();
  const programs = [join(folder, 'node_modules/.bin'), join(folder, '../../.bin'), process.env.PATH].join(delimiter);
  if (run(process.execPath, ['scripts/install.js'], { cwd: folder, env: { PATH: programs } }).ok) return;
  rmSync(join(folder, 'deps'), { recursive: true, force: true });
  throw new Error("tfjs-node's install script failed, its output is above");
}
