import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trainingFigures } from '../report/chart-training.js';
import { reportFigures } from '../report/figures.js';
import { renderPng } from '../report/picture.js';
import type { Report } from '../report/schema.js';
import { tell } from './output.js';
import { readTraining } from './read-report.js';

/** Every picture of a report as `<name>.svg` and `<name>.png`, 720 units wide. */
export async function writeFigures(report: Report, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const figures = [...reportFigures(report), ...trainingFigures(await readTraining(report.run.path))];
  for (const figure of figures) {
    const svg = figure.draw(720);
    await writeFile(join(folder, `${figure.name}.svg`), svg);
    await writeFile(join(folder, `${figure.name}.png`), renderPng(svg));
  }
  tell(`wrote ${figures.length} pictures into ${folder}`);
}
