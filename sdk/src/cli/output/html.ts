// Text in HTML: data never becomes markup, and none of its characters can reorder or hide the text around it. docs/guide/rex-desk.md, "Evidence"
import { printable } from './printable.ts'

/** Maximum number of characters of a text on the page. For a longer text, the page states only the length. */
const LONG = 4096

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Makes text harmless, and isolates it from the direction of the text around it. */
export function text(value: string): string {
  return `<bdi>${escaped(value)}</bdi>`
}

/** Wraps markup in an element. */
export function element(tag: string, ...content: readonly string[]): string {
  return `<${tag}>${content.join('')}</${tag.split(' ')[0]}>`
}

/** Makes a paragraph of each text. */
export function paragraphs(texts: readonly string[]): string {
  return texts.map((one) => element('p', text(one))).join('\n')
}

/** Makes a bulleted list of texts. */
export function bullets(texts: readonly string[]): string {
  return element('ul', ...texts.map((one) => element('li', text(one))))
}

/** Makes a table of texts with a heading for each column. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (tag: string) => (cells: readonly string[]) =>
    element('tr', ...cells.map((cell) => element(tag, text(cell))))
  return element('table', element('thead', row('th')(head)), element('tbody', ...rows.map(row('td'))))
}

/** Formats long machine-readable text, which may break anywhere. */
export function code(value: string): string {
  if (value.length < LONG) return element('code', escaped(value))
  const note = element('span class="paper"', `${value.length} characters: in the HTML file.`)
  return element('code class="long"', escaped(value)) + note
}

/** Shows commands for the reader to type, one on each line. */
export function commands(lines: readonly string[]): string {
  return element('pre', lines.map(escaped).join('\n'))
}

/** Makes a page in a single file that contains no scripts and loads nothing. */
export function page(title: string, body: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body.join('\n')}
</body>
</html>
`
}

function escaped(value: string): string {
  return printable(value).replace(/[&<>"']/g, (character) => ENTITIES[character] as string)
}

const STYLE = `
@page { size: A4; margin: 20mm 18mm; }
body { font: 11pt/1.45 Georgia, 'Times New Roman', serif; color: #000; background: #fff; max-width: 46em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { font-size: 1.2em; margin: 1.6em 0 .4em; border-bottom: 1px solid #000; break-after: avoid; }
h3 { font-size: 1em; margin: 1.2em 0 .3em; break-after: avoid; }
p, ul, ol { margin: .4em 0; } li { margin: .2em 0; }
table { border-collapse: collapse; width: 100%; margin: .6em 0; font-size: .92em; }
th, td { border: 1px solid #777; padding: .25em .5em; text-align: left; vertical-align: top; }
td:last-child { overflow-wrap: anywhere; }
thead { display: table-header-group; } tr { break-inside: avoid; }
code, pre { font: 8.5pt/1.35 'DejaVu Sans Mono', Consolas, monospace; }
code { overflow-wrap: anywhere; } pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #777; padding: .5em; }
.verdict { border: 2px solid #000; padding: .6em .8em; font-weight: bold; }
.long { display: block; max-height: 9em; overflow: auto; } .paper { display: none; }
.annex { break-before: page; }
@media print { .long { display: none; } .paper { display: inline; } body { margin: 0; max-width: none; padding: 0; } }
`
