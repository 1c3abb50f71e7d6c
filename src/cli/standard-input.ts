import { createInterface } from 'node:readline';

/** The lines on standard input, without empty ones at the end. */
export async function standardInput(): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) lines.push(line);
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
