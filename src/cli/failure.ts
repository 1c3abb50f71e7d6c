import { CommanderError } from 'commander';
import { LifelongError, type ErrorCode } from '../core/errors.js';
import { tell } from './output.js';
import { colorsOf } from './terminal.js';

/** Exit codes that scripts rely on. */
export const exitCodes = { done: 0, failed: 1, wrong: 2, gateNotMet: 3, interrupted: 130 } as const;

const wrong: readonly ErrorCode[] = ['usage', 'config', 'data', 'run-exists', 'run-locked', 'run-missing'];

/** 2 for what the caller can mend, 130 after an interrupt, 1 for a run that failed. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrong;
  if (!(error instanceof LifelongError)) return exitCodes.failed;
  if (error.code === 'interrupted') return exitCodes.interrupted;
  return wrong.includes(error.code) ? exitCodes.wrong : exitCodes.failed;
}

/** Says on stderr what happened and what to do: no stack trace, unless LIFELONG_DEBUG is set. */
export function reportFailure(error: unknown): void {
  if (error instanceof CommanderError) return; // commander has said it
  const colors = colorsOf(process.stderr);
  const message = error instanceof Error ? error.message : String(error);
  tell(`${colors.red('lifelong:')} ${message}`);
  if (error instanceof LifelongError) {
    if (error.hint !== undefined) tell(colors.dim(`  ${error.hint}`));
  } else if (!isSystemError(error)) {
    tell(colors.dim('  a fault of the program itself: LIFELONG_DEBUG=1 shows where'));
  }
  if (process.env['LIFELONG_DEBUG'] && error instanceof Error) tell(error.stack ?? '');
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
