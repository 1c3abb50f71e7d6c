import { InvalidArgumentError } from 'commander';

/** A command-line value that has to be a positive whole number. */
export function positive(value) {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('a positive whole number expected');
  return number;
}
