/** What can be seen of the process that a lock names. */
export interface SignsOfLife {
  /** Whether it is of this computer. */
  readonly here: boolean;
  /** Whether a process with its id runs here. */
  readonly running: boolean;
  /** When that process started, in the system's own terms; null for one that ended but is not collected; undefined where the system does not say. */
  readonly start: string | null | undefined;
  /** Milliseconds between its last heartbeat and now, before or ahead; undefined where there is none. */
  readonly silence: number | undefined;
}

/** A process that cannot be told otherwise counts as dead when its last heartbeat is further from now than this, before or ahead. */
const staleMs = 120_000;

/**
 * Whether the process that took a lock still lives. Here its id and start tell; an id that is in use again is told by the start. On another computer,
 * and where the system does not say when a process started (macOS, Windows), it lives as long as its heartbeat.
 *
 * @param start of the process that took the lock; null where its system did not say
 */
export function ownerLives(start: string | null, { here, running, start: now, silence }: SignsOfLife): boolean {
  const beats = silence !== undefined && silence < staleMs;
  if (!here) return beats;
  if (!running) return false;
  if (now === undefined) return beats;
  return start === null || now === start;
}
