import { LifelongError } from '../core/errors.js';

/** What a pickle may refer to outside itself. */
export interface PickleReader {
  /** What to call the file in errors. */
  readonly where: string;
  /** The result of calling the function `module name`. */
  call(name: string, parameters: readonly unknown[]): unknown;
  /** The object behind a persistent id. */
  persistent(id: unknown): unknown;
}

const mark = Symbol('mark');

/** A function by name, before it is called. */
interface Global {
  readonly global: string;
}

/**
 * Reads one Python pickle (protocol 2), only the opcodes that lists, dicts, tuples, texts, integers and calls by name need. Dicts become Maps,
 * tuples and lists arrays, long integers the hexadecimal text of their bytes, class names their text. Nothing is executed; `BUILD` is ignored.
 *
 * Format: CPython's Lib/pickletools.py.
 *
 * @throws LifelongError `data` for any other opcode or a pickle that breaks off
 */
export function readPickle(bytes: Uint8Array, start: number, reader: PickleReader): { value: unknown; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = start;

  const need = (count: number): number => {
    if (at + count > bytes.length) throw damaged(`an end at byte ${bytes.length}`);
    at += count;
    return at - count;
  };
  const byte = () => view.getUint8(need(1));
  const uint32 = () => view.getUint32(need(4), true);
  const slice = (count: number) => bytes.subarray(need(count), at);
  const line = () => {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw damaged('a name without an end');
    const found = text.decode(slice(end - at));
    at += 1;
    return found;
  };
  const pop = () => stack.pop();
  const popToMark = () => {
    const place = stack.lastIndexOf(mark);
    if (place < 0) throw damaged('the end of a group without its beginning');
    return stack.splice(place).slice(1);
  };
  const list = (found: unknown): unknown[] => {
    if (Array.isArray(found)) return found as unknown[];
    throw damaged('items of something that is no list');
  };
  const set = (map: unknown, pairs: readonly unknown[]) => {
    if (!(map instanceof Map)) throw damaged('items of something that is no dict');
    for (let i = 0; i + 1 < pairs.length; i += 2) map.set(pairs[i], pairs[i + 1]);
  };
  const damaged = (found: string) => new LifelongError('data', `${reader.where}: a pickle of tensors expected, found ${found}`);

  const opcodes: Readonly<Record<string, () => void>> = {
    '\x80': () => byte(),
    '}': () => stack.push(new Map()),
    ']': () => stack.push([]),
    ')': () => stack.push([]),
    '(': () => stack.push(mark),
    N: () => stack.push(null),
    '\x88': () => stack.push(true),
    '\x89': () => stack.push(false),
    K: () => stack.push(byte()),
    M: () => stack.push(view.getUint16(need(2), true)),
    J: () => stack.push(view.getInt32(need(4), true)),
    '\x8a': () => stack.push(Buffer.from(slice(byte())).toString('hex')),
    X: () => stack.push(text.decode(slice(uint32()))),
    c: () => stack.push({ global: `${line()} ${line()}` } satisfies Global),
    q: () => memo.set(byte(), stack.at(-1)),
    r: () => memo.set(uint32(), stack.at(-1)),
    h: () => stack.push(memo.get(byte())),
    j: () => stack.push(memo.get(uint32())),
    t: () => stack.push(popToMark()),
    '\x85': () => stack.push([pop()]),
    '\x86': () => stack.push(stack.splice(-2)),
    Q: () => stack.push(reader.persistent(named(pop()))),
    R: () => {
      const parameters = pop();
      const called = pop();
      if (!isGlobal(called)) throw damaged('a call of something that is no function');
      stack.push(reader.call(called.global, list(parameters)));
    },
    s: () => {
      const pair = stack.splice(-2);
      set(stack.at(-1), pair);
    },
    u: () => {
      const pairs = popToMark();
      set(stack.at(-1), pairs);
    },
    e: () => {
      const items = popToMark();
      const into = list(stack.at(-1));
      for (const item of items) into.push(item);
    },
    b: () => pop(),
  };

  for (;;) {
    const opcode = String.fromCharCode(byte());
    if (opcode === '.') return { value: pop(), end: at };
    const run = Object.hasOwn(opcodes, opcode) ? opcodes[opcode] : undefined;
    if (!run) throw damaged(`opcode 0x${opcode.charCodeAt(0).toString(16)} at byte ${at - 1}`);
    run();
  }
}

const isGlobal = (item: unknown): item is Global => typeof item === 'object' && item !== null && Object.hasOwn(item, 'global');

/** Class names inside a persistent id as their text. */
function named(id: unknown): unknown {
  return Array.isArray(id) ? id.map((item: unknown) => (isGlobal(item) ? item.global : item)) : id;
}
