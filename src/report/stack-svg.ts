import { escapeHtml } from './table.js';
import { lightTheme } from './theme.js';

/** Places pictures one below the other, each under its title, on white paper. */
export function stackSvg(parts: readonly { readonly title: string; readonly svg: string }[]): string {
  const margin = 16;
  const titleHeight = 28;
  let top = margin;
  let widest = 0;
  const placed = parts.map(({ title, svg }) => {
    const y = top;
    const { width, height } = sizeOf(svg);
    top += titleHeight + height + margin;
    widest = Math.max(widest, width);
    const heading = `<text x="${margin}" y="${y + 16}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="15" font-weight="bold" fill="${lightTheme.ink}">${escapeHtml(title)}</text>`;
    return `${heading}\n${svg.replace('<svg ', `<svg x="${margin}" y="${y + titleHeight}" `)}`;
  });
  const width = widest + 2 * margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}">
<rect width="100%" height="100%" fill="${lightTheme.paper}"/>
${placed.join('\n')}
</svg>
`;
}

function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? [];
  return { width: Number(width ?? 0), height: Number(height ?? 0) };
}
