// node test/support/side-by-side.mjs lint build: runs npm scripts at the same time. Prints what each said when it ends; fails when one of them does.
import { spawn } from 'node:child_process';
import process from 'node:process';

const finished = await Promise.all(
  process.argv.slice(2).map((script) => {
    const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    return new Promise((done) => {
      child.on('close', (code) => {
        if (said.trim() !== '') console.log(`${script}:\n${said.trimEnd()}`);
        done(code);
      });
    });
  }),
);
process.exitCode = finished.every((code) => code === 0) ? 0 : 1;
