import { describeDecision } from './decision-words.js';
import { learnedTasks } from './learned-tasks.js';
import { describeTaskInference } from './reported-task-inference.js';
import type { Report } from './schema.js';
import { escapeMarkdown, tableToMarkdown } from './table.js';
import { reportTables } from './tables.js';
import { describeDistances, nameTask, titleOf } from './words.js';

/** The whole report as Markdown: headline numbers, decisions in words, every table. Ends with a newline. */
export function renderMarkdown(report: Report): string {
  const { run } = report;
  const learned = learnedTasks(report);
  const decisions = report.tasks.map((task) => {
    const distances = describeDistances(task.decision);
    const why = task.decision === null ? '' : `: ${task.decision.reason}${distances === '' ? '' : ` (${distances})`}`;
    return `- ${escapeMarkdown(`task ${task.index}, ${nameTask(task)}`)}: **${describeDecision(task.decision)}**${escapeMarkdown(why)}`;
  });
  const tables = reportTables(report).map((table) =>
    [`## ${table.title}`, ...(table.note === undefined ? [] : [escapeMarkdown(table.note)]), tableToMarkdown(table)].join('\n\n'),
  );
  return `${[
    `# Forgetting report: ${escapeMarkdown(titleOf(report))}`,
    `${escapeMarkdown(run.path)}: ${run.status}, ${learned}.`,
    ...(report.taskInference ? [describeTaskInference(report.taskInference)] : []),
    ...report.warnings.map((warning) => `> warning: ${escapeMarkdown(warning)}`),
    `## What was decided\n\n${decisions.length > 0 ? decisions.join('\n') : 'No task has been learned yet.'}`,
    ...tables,
  ].join('\n\n')}\n`;
}
