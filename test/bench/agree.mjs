/**
 * Two variants did the same work only if they answer the same.
 *
 * @param {string} what for the message
 * @param {readonly number[]} ours
 * @param {readonly number[]} plain
 * @param {number} tolerance relative to the largest of `plain`
 * @returns {number} the largest difference, relative likewise
 * @throws {Error} when they differ by more
 */
export function agree(what, ours, plain, tolerance) {
  const scale = Math.max(...plain.map(Math.abs));
  const difference = Math.max(...plain.map((value, i) => Math.abs(value - ours[i]))) / scale;
  if (!(difference <= tolerance)) throw new Error(`${what}: ${plain.join(', ')} expected as plain tfjs has it, found ${ours.join(', ')}`);
  return difference;
}
