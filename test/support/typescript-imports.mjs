import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const SOURCES = new URL('../../src/', import.meta.url).href;
let transform;

/** As Jest compiles the sources. */
function compile(file) {
  if (!transform) {
    const { jest } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const options = jest.transform['^.+\\.ts$'][1];
    const { transformSync } = process.getBuiltinModule('module').createRequire(import.meta.url)('@swc/core');
    transform = (text, filename) => transformSync(text, { ...options, filename, swcrc: false, sourceMaps: 'inline' });
  }
  return transform(readFileSync(file, 'utf8'), file).code;
}

// Lets Node run the sources as they are written, in threads and processes that tests start: `./x.js` in a .ts file means
// `./x.ts`, and what Node cannot strip (decorators, parameter properties) is compiled.
registerHooks({
  resolve(specifier, context, next) {
    const fromSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(fromSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
  load(url, context, next) {
    if (!url.startsWith(SOURCES) || !url.endsWith('.ts')) return next(url, context);
    return { format: 'module', source: compile(fileURLToPath(url)), shortCircuit: true };
  },
});
