import fc from 'fast-check';

/** A change of a file: what becomes of its bytes. */
type Mutation = (bytes: Buffer) => Buffer;

/** Numbers at which sizes, offsets and signs turn over. */
const numbers = [0, 1, 2, 4, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** Places in a file: half of them in its first bytes, where headers are. */
const place = fc.oneof(fc.nat(127), fc.nat(2 ** 31 - 1));

const setByte = fc.tuple(place, fc.oneof(fc.nat(255), fc.constantFrom(...numbers.filter((value) => value < 256))));
const setNumber = fc.tuple(place, fc.constantFrom(...numbers), fc.constantFrom('writeUInt32LE', 'writeUInt32BE'));
const range = fc.tuple(place, fc.oneof(fc.nat(16), fc.nat(4096)));

/** @param words of the format, to be put in anywhere */
function mutation(words: readonly string[]): fc.Arbitrary<Mutation> {
  return fc.oneof(
    setByte.map(([at, value]) => changed((bytes) => bytes.writeUInt8(value, at % bytes.length))),
    setNumber.map(([at, value, write]) =>
      changed((bytes) => {
        if (bytes.length >= 4) bytes[write](value, at % (bytes.length - 3));
      }),
    ),
    place.map(
      (at): Mutation =>
        (bytes) =>
          bytes.subarray(0, at % bytes.length),
    ),
    range.map(
      ([at, length]): Mutation =>
        (bytes) =>
          Buffer.concat([bytes.subarray(0, at % bytes.length), bytes.subarray((at % bytes.length) + length)]),
    ),
    range.map(
      ([at, length]): Mutation =>
        (bytes) =>
          insert(bytes, at, bytes.subarray(at % bytes.length).subarray(0, length)),
    ),
    fc.tuple(place, fc.constantFrom('\0', ...words)).map(
      ([at, word]): Mutation =>
        (bytes) =>
          insert(bytes, at, Buffer.from(word)),
    ),
  );
}

const changed =
  (change: (bytes: Buffer) => void): Mutation =>
  (bytes) => {
    const copy = Buffer.from(bytes);
    change(copy);
    return copy;
  };

const insert = (bytes: Buffer, at: number, more: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at % bytes.length), more, bytes.subarray(at % bytes.length)]);

/** One of these files, with up to five changes of its bytes; some as they are. */
export function mutated(files: readonly (Uint8Array | string)[], words: readonly string[] = []): fc.Arbitrary<Buffer> {
  return fc.tuple(fc.constantFrom(...files), fc.array(mutation(words), { maxLength: 5 })).map(([file, mutations]) => {
    const step = (bytes: Buffer, mutate: Mutation): Buffer => (bytes.length === 0 ? bytes : mutate(bytes));
    return mutations.reduce(step, Buffer.from(file as Uint8Array));
  });
}
