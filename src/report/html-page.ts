import type { Figure } from './figures.js';
import { escapeHtml, tableToHtml } from './table.js';
import type { Table } from './table.js';
import { darkTheme, lightTheme, pageTheme, themeVariables } from './theme.js';

/** Everything a page needs is inside it: no network, no script. Light and dark follow the reader's setting. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Pictures side by side where there is room. */
export function htmlFigures(figures: readonly Figure[]): string {
  return `<div class="figures">\n${figures.map(htmlFigure).join('\n')}\n</div>`;
}

/** A picture drawn twice, for wide and for narrow pages, of which the style shows one. */
function htmlFigure(figure: Figure): string {
  const picture = (kind: string, width: number) => `<div class="${kind}">${figure.draw(width, pageTheme)}</div>`;
  return `<figure id="${escapeHtml(figure.name)}">
<h3>${escapeHtml(figure.title)}</h3>
${picture('wide', wideFigure)}
${picture('narrow', narrowFigure)}
<figcaption>${escapeHtml(figure.caption)}</figcaption>
</figure>`;
}

/** A table under its title. */
export function htmlTable(table: Table): string {
  const note = table.note === undefined ? '' : `<p class="note">${escapeHtml(table.note)}</p>\n`;
  return `<section>\n<h3>${escapeHtml(table.title)}</h3>\n${note}${tableToHtml(table)}\n</section>`;
}

/** Headline numbers side by side. */
export function htmlTiles(tiles: readonly { readonly label: string; readonly value: string }[]): string {
  const tile = ({ label, value }: { label: string; value: string }) =>
    `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`;
  return `<dl class="tiles">${tiles.map(tile).join('')}</dl>`;
}

const wideFigure = 540;
const narrowFigure = 324;

const style = `
:root{${themeVariables(lightTheme)}}
@media (prefers-color-scheme:dark){:root{${themeVariables(darkTheme)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:1160px;margin:0 auto;padding:20px 18px 60px}
h1{font-size:1.6rem;line-height:1.25;margin:.4em 0 .2em}
h2{font-size:1.25rem;margin:2.2em 0 .6em;padding-bottom:.2em;border-bottom:1px solid var(--faint)}
h3{font-size:1rem;margin:0 0 .5em}
.note,figcaption,header p{color:var(--muted);margin:.3em 0}
figcaption{font-size:.87rem;max-width:66ch}
.warning{border-left:4px solid var(--series-1);padding:.2em .8em;margin:.6em 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(135px,1fr));gap:10px;margin:1.2em 0}
.tiles div{border:1px solid var(--faint);border-radius:8px;padding:.5em .8em}
dt{color:var(--muted);font-size:.82rem}
dd{margin:0;font-size:1.35rem;font-variant-numeric:tabular-nums}
figure{margin:0;min-width:0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,500px),1fr));gap:2.2em 3em;margin:1.6em 0;align-items:start}
section{margin:0 0 2em;min-width:0}
.narrow{display:none}
@media (max-width:600px){.wide{display:none}.narrow{display:block}}
ol.log{padding-left:0;list-style:none}
ol.log li{border-left:3px solid var(--faint);padding:0 0 .3em .9em;margin-bottom:.8em;max-width:80ch;overflow-wrap:anywhere}
ol.log small{color:var(--muted)}
.scroll{overflow:auto;max-height:560px;border:1px solid var(--faint);border-radius:8px}
table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums;width:max-content;min-width:100%}
th,td{padding:.3em .7em;text-align:left;vertical-align:top;border-bottom:1px solid var(--faint);max-width:46ch}
tr:last-child>*{border-bottom:0}
thead th{position:sticky;top:0;background:var(--paper);color:var(--muted);font-weight:600}
th[scope=row]{font-weight:600;white-space:nowrap}
.number{text-align:right;white-space:nowrap}
@media print{.scroll{max-height:none;overflow:visible}}
`;
