import { spawn, type ChildProcess } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { compileSources, root } from '../support/compile-sources.js';
import type { LearnerJob } from './learner-child.js';

/** Compiles the learner and what it imports into this folder, so that plain node runs it. */
export function compileLearner(out: string): string {
  compileSources(['src', 'test/support', 'test/resume'], out);
  for (const name of ['package.json', 'node_modules', 'streams']) symlinkSync(join(root, name), join(out, name));
  return join(out, 'test/resume/learner-child.js');
}

/** A learner that goes on by itself. */
export interface Learner {
  readonly process: ChildProcess;
  /** What it says, line by line; ends with the process. */
  readonly lines: AsyncIterable<string>;
  /** Its signal or exit code, and what it wrote on stderr. */
  readonly ended: Promise<{ readonly end: NodeJS.Signals | number | null; readonly errors: string }>;
}

/** @param program what {@link compileLearner} made */
export function startLearner(program: string, job: LearnerJob, flags: readonly string[] = []): Learner {
  const child = spawn(process.execPath, [...flags, program, JSON.stringify(job)], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = new Promise<NodeJS.Signals | number | null>((done) => child.on('close', (code, signal) => done(signal ?? code)));
  return { process: child, lines: createInterface(child.stdout), ended: ended.then((end) => ({ end, errors })) };
}

/** Lets a learner go on to its end; what it said. @throws Error with what it wrote on stderr when that is no good end */
export async function finishLearner(program: string, job: LearnerJob, flags?: readonly string[]): Promise<string[]> {
  const learner = startLearner(program, job, flags);
  const said: string[] = [];
  for await (const line of learner.lines) said.push(line);
  const { end, errors } = await learner.ended;
  if (end !== 0) throw new Error(`ended with ${String(end)}: ${errors}`);
  return said;
}
