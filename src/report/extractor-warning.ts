/** Distances between tasks that are below this many times the distance within a task do not tell tasks apart. */
const telling = 1.5;

/**
 * One line when the features cannot tell the tasks of a run apart: when the distance between two halves of the same task is about as large as
 * the distances between tasks. Decisions are then made by chance.
 *
 * @param divergence the square matrix of a run; the diagonal is not looked at
 * @param noiseFloors of its tasks; null where not measured
 */
export function extractorWarning(divergence: readonly (readonly number[])[], noiseFloors: readonly (number | null)[]): string | null {
  const between = divergence.flatMap((row, i) => row.slice(0, i)).sort((a, b) => a - b);
  const within = noiseFloors.filter((floor) => floor !== null).sort((a, b) => a - b);
  // Repeated tasks are near each other whatever the features, so the upper quarter speaks for "different tasks".
  const different = between[Math.floor(0.75 * between.length)];
  const same = within[Math.floor(0.5 * within.length)];
  if (different === undefined || same === undefined || different >= telling * same) return null;
  return (
    `features hardly tell these tasks apart: two halves of the same task are ${same.toFixed(2)} apart (median), ` +
    `different tasks ${different.toFixed(2)} (upper quartile); choose a stronger extractor or more validation samples`
  );
}
