import { RingsideError } from '../../src/domain/errors.js';
import type { EmbeddingsOffer } from '../../src/upstream/embeddings-offer.js';
import { PROVIDERS } from '../../src/upstream/providers/index.js';
import type { Provider } from '../../src/upstream/provider.js';
import { endpointUrl } from '../../src/upstream/http/transport.js';

const ORIGIN = 'https://provider.example';

/** Models whose names would lead a URL elsewhere, or end its path. */
const STRANGE =
  '.. . ../x x/.. x/../../y x/./y models/.. tunedModels/../x %2e%2e %2E%2E/x x?a=b x#y x;y x\\..\\y @evil.example //evil.example/x'.split(
    ' ',
  );

const SETTINGS = { region: 'eu-west-1', api_version: '2024-10-21' };

/** Gemini's wire writes what is asked for behind the model's name. */
function methodOf({ wire }: EmbeddingsOffer): string {
  return wire === 'gemini' ? ':embedContent' : '';
}

/** The paths of all calls to a model, as far as it has any; `refused` for a model that cannot be called. */
function pathsOf({ chatPath, embeddings }: Provider, model: string): (string | undefined)[] {
  const asked = [
    () => (typeof chatPath === 'string' ? chatPath : chatPath(model, true, SETTINGS)),
    () =>
      typeof embeddings?.path === 'function'
        ? embeddings.path(model, SETTINGS) + methodOf(embeddings)
        : embeddings?.path,
  ];
  return asked.map((path) => {
    try {
      return path();
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid_model_ref', status: 400, param: 'model' });
      expect(error).toBeInstanceOf(RingsideError);
      return undefined;
    }
  });
}

it.each(PROVIDERS.map((provider) => [provider.id, provider] as const))(
  'S21 a model of %s is called in its place, whatever its name, or refused',
  (_, provider) => {
    const usual = pathsOf(provider, 'm/m').map((path) =>
      path === undefined ? '' : endpointUrl('x', ORIGIN, path).search,
    );
    for (const model of STRANGE) {
      for (const [place, path] of pathsOf(provider, model).entries()) {
        if (path === undefined) continue;
        const { href, search } = endpointUrl('x', ORIGIN, path);
        // What a URL parser leaves as it is leads where it says.
        expect([model, href]).toEqual([model, `${ORIGIN}${path}`]);
        if (usual[place] !== '') expect([model, search]).toEqual([model, usual[place]]);
      }
    }
  },
);

it.each([
  ['azure', '..'],
  ['bedrock', '..'],
  ['huggingface', 'a/..'],
  ['replicate', '../x'],
])('S21 %s has no model %s', (id, model) => {
  expect(
    pathsOf(
      PROVIDERS.find((provider) => provider.id === id)!,
      model,
    ),
  ).toContain(undefined);
});
