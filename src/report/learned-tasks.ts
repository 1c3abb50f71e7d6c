import type { Report } from './schema.js';

/** How many tasks were learned, of how many: those asked for where the run was given a limit, else those that the stream has. */
export function learnedTasks({ run: { limit }, stream: { tasks: available }, tasks: { length: learned } }: Report): string {
  if (limit === undefined || learned > limit || (available !== null && limit >= available)) {
    return available === null ? `${learned} tasks` : `${learned} of ${available} tasks`;
  }
  const asked = learned === limit ? `${learned} ${learned === 1 ? 'task' : 'tasks'} as asked` : `${learned} of ${limit} tasks asked for`;
  return available === null ? asked : `${asked} (the stream has ${available})`;
}
