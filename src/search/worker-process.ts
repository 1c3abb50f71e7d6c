import { fork, type Serializable } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

/** A child process that answers one message at a time. */
export interface WorkerProcess {
  readonly alive: boolean;
  /** @throws Error when the process has ended, whoever ended it */
  tell(message: Serializable): Promise<void>;
  /** Tells, and waits for the answer. @throws Error when the process ends before it gives one */
  ask(message: Serializable): Promise<unknown>;
  /** Ends the process at once. */
  kill(): void;
}

/**
 * Starts a module in a process of its own; messages are structured clones, typed arrays included. It has this one's stderr for what goes wrong.
 *
 * @param onEnd told how the process has ended
 * @param env its environment; this one's by default
 */
export function startWorkerProcess(entry: URL, onEnd: (how: string) => void, env?: Environment): WorkerProcess {
  const child = fork(entry, {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(env && { env }),
  });
  let alive = true;
  const ended = new Promise<never>((_, reject) => {
    const end = (how: string) => {
      if (alive) onEnd(how);
      alive = false;
      reject(new Error(`the process has ended: ${how}`));
    };
    child.on('exit', (code, signal) => {
      end(signal ?? `exit code ${String(code)}`);
    });
    child.on('error', ({ message }) => {
      end(message);
    });
  });
  ended.catch(() => undefined); // whoever waits for the process is told
  const tell = (message: Serializable) => {
    const sent = new Promise<void>((resolve, reject) => {
      child.send(message, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    return Promise.race([sent, ended]);
  };
  return {
    get alive() {
      return alive;
    },
    tell,
    async ask(message) {
      const answer = new Promise((resolve) => child.once('message', resolve));
      await tell(message);
      return Promise.race([answer, ended]);
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}
