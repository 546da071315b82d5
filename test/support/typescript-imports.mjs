import { registerHooks } from 'node:module';

// Lets Node run the sources as they are: it strips types by itself, but does not know that `./x.js` in a .ts file means `./x.ts`.
registerHooks({
  resolve(specifier, context, next) {
    const fromSource = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(fromSource ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
