import { createHash } from 'node:crypto'

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d7dbe0, #363b42); --soft: light-dark(#f5f6f8, #1d2126); --accent: light-dark(#0b5cad, #6cb2ff); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #14171a); color: light-dark(#1a1d21, #e6e8ea); }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
a { color: var(--accent); }
input[type=search], input[type=password] { font: inherit; width: 100%; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem; background: transparent; color: inherit; }
.bar { display: grid; grid-template-columns: 2fr 1fr; gap: .75rem; margin: 1rem 0; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; }
summary { padding: .6rem .9rem; cursor: pointer; display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap; }
summary code { font-weight: 600; overflow-wrap: anywhere; }
summary span { opacity: .75; }
.body { padding: 0 .9rem .9rem; }
.body p { white-space: pre-wrap; }
pre, textarea { font: 13px/1.45 ui-monospace, monospace; background: var(--soft); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .75rem; width: 100%; margin: .35rem 0; overflow: auto; color: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }
textarea { min-height: 6rem; resize: vertical; }
button { font: inherit; padding: .4rem 1rem; border-radius: .5rem; border: 1px solid var(--accent); background: var(--accent); color: light-dark(#fff, #10141a); cursor: pointer; }
label { display: block; font-size: .85rem; opacity: .8; margin-top: .6rem; }
img { max-width: 100%; }
@media (max-width: 40rem) { .bar { grid-template-columns: 1fr; } }
`

const SCRIPT = `
'use strict';
const make = (tag, text, className) => { const e = document.createElement(tag); if (text !== undefined) e.textContent = text; if (className) e.className = className; return e; };
const list = document.getElementById('list'), note = document.getElementById('note'), key = document.getElementById('key');
const headers = () => key.value ? { authorization: 'Bearer ' + key.value } : {};
const example = (schema) => {
  const value = {};
  for (const name of schema.required || []) {
    const property = (schema.properties || {})[name] || {};
    const type = Array.isArray(property.type) ? property.type[0] : property.type;
    value[name] = property.default !== undefined ? property.default : property.const !== undefined ? property.const : property.enum ? property.enum[0]
      : type === 'number' || type === 'integer' ? (property.minimum || 0) : type === 'boolean' ? false : type === 'array' ? [] : type === 'object' ? {} : '';
  }
  return value;
};
async function run(path, input, output) {
  output.textContent = '…';
  const started = performance.now();
  try {
    const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers() }, body: input.value });
    const type = response.headers.get('content-type') || '';
    const head = response.status + ' ' + type + ' · ' + Math.round(performance.now() - started) + ' ms\\n\\n';
    const shown = type.includes('json') || type.startsWith('text/') ? await response.text() : '(' + (await response.blob()).size + ' bytes)';
    output.textContent = head + shown;
  } catch (error) { output.textContent = String(error); }
}
const named = (document_, node) => {
  const schema = node && node.content && node.content['application/json'] && node.content['application/json'].schema;
  const reference = schema && (schema.$ref || (schema.anyOf && schema.anyOf[0] && schema.anyOf[0].$ref));
  return reference ? document_.components.schemas[reference.split('/').pop()] : undefined;
};
const LINK = /\\[([^\\]]+)\\]\\((\\/[^)\\s]*)\\)/g;
function show(document_, base) {
  list.replaceChildren();
  document.getElementById('title').textContent = document_.info.title;
  document.getElementById('about').textContent = document_.info.description;
  for (const [path, { post }] of Object.entries(document_.paths)) {
    const box = make('details'), summary = make('summary'), body = make('div', undefined, 'body');
    summary.append(make('code', 'POST ' + base + path), make('span', post.summary));
    box.dataset.text = (path + ' ' + post.summary + ' ' + (post.description || '')).toLowerCase();
    box.append(summary, body);
    box.addEventListener('toggle', () => {
      if (!box.open || body.childElementCount) return;
      const schema = named(document_, post.requestBody) || {};
      const result = named(document_, post.responses['200']);
      if (post.description) body.append(make('p', post.description));
      const input = make('textarea'), output = make('pre', 'The answer appears here.'), button = make('button', 'Send');
      input.value = JSON.stringify(example(schema), null, 2);
      input.setAttribute('aria-label', 'Arguments of ' + path);
      button.addEventListener('click', () => run(base + path, input, output));
      body.append(make('label', 'Arguments (JSON)'), input, button, output, make('label', 'Input schema'), make('pre', JSON.stringify(schema, null, 2)));
      if (result) body.append(make('label', 'Output schema'), make('pre', JSON.stringify(result, null, 2)));
    });
    list.append(box);
  }
  for (const [, text, path] of document_.info.description.matchAll(LINK)) {
    const line = make('p'), link = make('a', text);
    link.href = path;
    line.append(link);
    list.append(line);
  }
  note.textContent = Object.keys(document_.paths).length + ' tools';
}
async function load() {
  note.textContent = 'Loading…';
  const response = await fetch('openapi.json', { headers: headers() });
  if (response.status === 401) { note.textContent = 'Enter a key of this gateway to see its tools.'; return; }
  if (!response.ok) { note.textContent = 'openapi.json answered ' + response.status; return; }
  const found = await response.json();
  show(found, found.servers ? found.servers[0].url : '');
}
document.getElementById('search').addEventListener('input', (event) => {
  const text = event.target.value.toLowerCase();
  for (const box of list.children) box.hidden = !box.dataset.text.includes(text);
});
key.addEventListener('change', load);
load();
`

/** A page that reads the `openapi.json` beside it. What servers wrote about themselves is set as text, never as markup. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tools · Trunkline</title>
<style>${STYLE}</style>
<h1 id="title">Tools</h1>
<p id="about"></p>
<p><a href="openapi.json">openapi.json</a> · <span id="note" role="status"></span></p>
<div class="bar">
<input id="search" type="search" placeholder="Search tools" aria-label="Search tools">
<input id="key" type="password" placeholder="API key, if one is needed" aria-label="API key" autocomplete="off">
</div>
<main id="list"></main>
<script>${SCRIPT}</script>
</html>
`

/** Everything the page may run or load is in the page. */
export const DOCS_PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  `script-src 'sha256-${createHash('sha256').update(SCRIPT).digest('base64')}'`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
