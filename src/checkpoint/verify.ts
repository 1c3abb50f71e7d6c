import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import { frozenGroup } from '../core/frozen-weights.js';
import { hashArrays } from '../data/hash-arrays.js';
import { parseEventLine, parseEventLines } from './event-line.js';
import { eventsName, markProblem } from './event-log.js';
import { generationPath, listGenerations } from './generations.js';
import { backupName, inspectFolder, readState, runFileName } from './run-folder.js';
import type { RunFile } from './run-file.js';
import { readGroup, weightPath } from './weight-files.js';

/** Something wrong with a file of a run; `file` is relative to the run folder. */
export interface Problem {
  readonly file: string;
  readonly problem: string;
}

/**
 * Checks every file of a run: checksums, sizes, schema, that files and experts which are referred to exist, that frozen weights are those that
 * experts stand on, every line of the event log.
 * Changes nothing; a run that is being written is looked at again when it went on meanwhile. A list without entries means that the run can be read, and resumed, as it was written.
 *
 * @throws LifelongError `run-missing` when the folder is no run
 */
export async function verifyRun(path: string): Promise<Problem[]> {
  if ((await inspectFolder(path)) !== 'run') {
    throw new LifelongError(
      'run-missing',
      `${path}: a run folder expected, found no ${runFileName}`,
      'check the path; `lifelong run STREAM` starts a run',
    );
  }
  for (let attempt = 1; ; attempt++) {
    const before = await stateText(path);
    const problems = await examine(path);
    const replaced = (await stateText(path)) !== before;
    if (problems.length === 0 || !replaced || attempt === 10) return problems;
  }
}

async function examine(path: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  const report = (file: string, error: unknown) => {
    if (!(error instanceof LifelongError)) throw error;
    const prefix = `${join(path, file)}: `;
    problems.push({ file, problem: error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message });
  };

  const states: RunFile[] = [];
  for (const name of [runFileName, backupName, ...(await listGenerations(path)).map(generationPath)]) {
    try {
      const { file } = await readState(path, name);
      states.push(file);
      problems.push(...referenceProblems(file).map((problem) => ({ file: name, problem })));
      if (name === runFileName) problems.push(...(await logProblems(path, file)));
    } catch (error) {
      const absentBackup =
        name === backupName && error instanceof LifelongError && (error.cause as { code?: string } | undefined)?.code === 'ENOENT';
      if (!absentBackup) report(name, error);
    }
  }
  const weights = new Map(states.flatMap(({ files }) => Object.values(files)).map((file) => [file.path, file]));
  const frozen = new Map(states.flatMap(frozenFiles));
  for (const file of weights.values()) {
    try {
      const arrays = await readGroup(path, file);
      const expected = frozen.get(file.path);
      const found = expected && hashArrays(arrays);
      if (found !== expected)
        problems.push({ file: file.path, problem: `frozen weights ${expected ?? ''} expected, found ${found ?? ''}` });
    } catch (error) {
      report(file.path, error);
    }
  }
  return problems;
}

const stateText = (path: string) => readFile(join(path, runFileName), 'latin1').catch(() => undefined);

/** The files of frozen weights that experts stand on, each with the hash of its content. */
function frozenFiles({ experts, files }: RunFile): [path: string, sha256: string][] {
  return experts.flatMap(frozenHashes).flatMap((sha256) => {
    const file = files[frozenGroup(sha256)];
    return file ? [[file.path, sha256]] : [];
  });
}

/** Of the weights that an expert has besides its own: what it stands on, and the controller that it shares. */
const frozenHashes = ({ on, controller }: RunFile['experts'][number]): string[] => [
  ...(on ? [on.sha256] : []),
  ...(controller === undefined ? [] : [controller]),
];

function referenceProblems({ tasks, experts, files, accuracy }: RunFile): string[] {
  const known = experts.map(({ id }) => id);
  const problems: string[] = [];
  tasks.forEach(({ id, index, expert }, i) => {
    if (index !== i) problems.push(`task ${id}: index ${i} expected, found ${index}`);
    if (expert !== null && !known.includes(expert)) problems.push(`task ${id}: an expert of ${known.join(', ')} expected, found ${expert}`);
  });
  for (const expert of experts) {
    const { id, on } = expert;
    for (const sha256 of frozenHashes(expert)) {
      if (!(frozenGroup(sha256) in files)) problems.push(`expert ${id}: frozen weights ${sha256} expected, found none`);
    }
    if (on && 'expert' in on && !known.includes(on.expert))
      problems.push(`expert ${id}: an expert of ${known.join(', ')} expected to stand on, found ${on.expert}`);
  }
  if (accuracy.length > tasks.length) problems.push(`accuracy: ${tasks.length} rows expected, ${accuracy.length} found`);
  for (const [group, { path, sha256 }] of Object.entries(files)) {
    if (path !== weightPath(group, sha256)) problems.push(`files.${group}: ${weightPath(group, sha256)} expected, found ${path}`);
  }
  return problems;
}

/**
 * A torn last line is what a crash leaves, and the next writer removes it; only in a run that was ended in order is it damage. What crashes
 * leave lies behind the mark.
 */
async function logProblems(root: string, { events, status }: RunFile): Promise<Problem[]> {
  const log = await readFile(join(root, eventsName)).catch(() => undefined);
  if (!log) return [{ file: eventsName, problem: 'an event log expected, found no file' }];
  const problem = markProblem(log, events);
  if (problem !== undefined) return [{ file: eventsName, problem }];
  for (const { number, end, event, torn } of parseEventLines(log)) {
    const newlineChanged = torn && parseEventLine(log.subarray(log.lastIndexOf(0x0a) + 1, end - 1)) !== undefined;
    if (torn && status !== 'running')
      return [{ file: eventsName, problem: `line ${number}: a complete line expected, found a part of one` }];
    if (event === undefined && (!torn || newlineChanged)) return [{ file: eventsName, problem: `line ${number} is damaged` }];
  }
  return [];
}
