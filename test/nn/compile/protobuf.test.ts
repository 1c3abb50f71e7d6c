import { describe, expect, it } from 'vitest';
import { bytes, float, floats, integer, integers, join, message, text } from '../../../src/nn/compile/protobuf.js';

const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

/** The examples of the format's own description (protobuf.dev/programming-guides/encoding), and what follows from its rules. */
describe('protobuf', () => {
  it.each([
    ['integer 150', integer(1, 150), '089601'],
    ['zero', integer(1, 0), '0800'],
    ['two to the 31', integer(1, 2 ** 31), '088080808008'],
    ['a negative integer in ten bytes', integer(1, -2), '08feffffffffffffffff01'],
    ['a field number above 15', integer(16, 1), '800101'],
    ['text', text(2, 'testing'), '120774657374696e67'],
    ['text in UTF-8', text(2, 'é'), '1202c3a9'],
    ['packed integers', integers(6, [3, 270, 86942]), '3206038e029ea705'],
    ['an empty list', integers(6, []), '3200'],
    ['a float', float(5, 1.5), '2d0000c03f'],
    ['packed floats', floats(4, [1.5, -2]), '22080000c03f000000c0'],
    ['bytes', bytes(4, Uint8Array.of(0, 255)), '220200ff'],
    ['a message in a message', message(3, integer(1, 150)), '1a03089601'],
    ['fields in order', join([integer(1, 1), integer(1, 2)]), '08010802'],
  ])('encodes %s', (_, encoded, expected) => {
    expect(hex(encoded)).toBe(expected);
  });

  it('gives the length of a long message in as many bytes as it takes', () => {
    expect(hex(message(1, bytes(4, new Uint8Array(300)))).slice(0, 12)).toBe('0aaf0222ac02');
  });
});
