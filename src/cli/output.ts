const whenClosed: (() => void)[] = [];

/** A result, on stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** A result for programs: one JSON value on one line of stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value));
}

/** Something to know on the way, on stderr. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Makes a pipe that its reader has closed (`lifelong … | head -1`) no error: what is written to it afterwards is dropped. */
export function quietPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      for (const act of whenClosed.splice(0)) act();
    });
  }
}

/** Calls `act` once when a reader goes away: work that nobody listens to any more can stop. */
export function onClosedPipe(act: () => void): void {
  whenClosed.push(act);
}
