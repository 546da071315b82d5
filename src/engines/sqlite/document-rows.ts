import type { SQLInputValue } from 'node:sqlite';
import type { Collection, Document, DocumentShape, FrequentText } from '../../views/document-store.js';

/** What is read of a document: the values of `DocumentRows.read`, in that order. */
export type DocumentRow = readonly (string | number | null)[];

/** Documents in one flat list, which is the cheapest thing to copy between threads: the rows one after the other. */
export type PackedDocuments = SQLInputValue[];

type Value = string | number | null;
type Properties = Record<string, unknown>;

/** Where they stand in a row that is read with all its columns. */
const ID = 0;
const BODY = 2;

/**
 * How one collection's documents stand in its rows. A document that has one of the collection's shapes is stored as the
 * list of its values without their names, and what has a column is not stored twice; the list begins with the number of
 * the shape. Any other document is stored as it is. So a body that begins with `[` is a list of values.
 */
export class DocumentRows {
  /** The columns of a row, as `pack` writes it. */
  readonly written: readonly string[];
  /** The columns that `unpack` needs. */
  readonly read: readonly string[];
  private readonly fields: readonly (readonly [name: string, type: Collection['fields'][string]])[];
  private readonly shapes: readonly DocumentShape[];
  private readonly columnOf: ReadonlyMap<string, number>;
  private readonly types: ReadonlyMap<string, Collection['fields'][string]>;

  constructor({ fields, shapes = [] }: Collection) {
    this.fields = Object.entries(fields);
    this.types = new Map(this.fields);
    this.shapes = shapes;
    this.written = ['id', 'position', 'body', ...Object.keys(fields)];
    this.read = shapes.length > 0 ? this.written : ['body'];
    this.columnOf = new Map(this.written.map((name, column) => [name, column]));
  }

  /** Whether documents can be searched by a field. */
  hasField(name: string): boolean {
    return this.types.has(name);
  }

  /** Adds a document's row to a list. */
  pack(document: Document, to: PackedDocuments): void {
    to.push(document.id, document.position, this.bodyOf(document));
    for (const [name] of this.fields) to.push(columnValue((document as unknown as Properties)[name]));
  }

  /** The document of a row. */
  unpack(row: DocumentRow): Document {
    const body = row[this.read.length === 1 ? 0 : BODY] as string;
    if (body[0] !== '[') return JSON.parse(body) as Document;
    const values = JSON.parse(body) as unknown[];
    return this.take(this.shapes[values[0] as number]!, { values, at: 1 }, row, true) as unknown as Document;
  }

  private bodyOf(document: Document): string {
    for (const [number, shape] of this.shapes.entries()) {
      const values: unknown[] = [number];
      if (this.put(document as unknown as Properties, shape, values, document.id, true)) return JSON.stringify(values);
    }
    return JSON.stringify(document);
  }

  /** Adds the values of an object that has the shape; false for one that has not. */
  private put(object: Properties, shape: DocumentShape, values: unknown[], id: string, isDocument = false): boolean {
    let at = 0;
    for (const name of Object.keys(object)) {
      const value = object[name];
      // As in JSON, what is undefined is not there.
      if (value === undefined) continue;
      const part = shape[at++];
      if (part === undefined) return false;
      if (isNested(part)) {
        if (part[0] !== name || !isObject(value) || !this.put(value, part[1], values, id)) return false;
        continue;
      }
      if (typeof part === 'object') {
        // A number there says which of the texts it is.
        if (part.name !== name || typeof value === 'number') return false;
        const which = typeof value === 'string' ? textsOf(part, object, id).indexOf(value) : -1;
        values.push(which === -1 ? value : which);
        continue;
      }
      if (part !== name) return false;
      if (!isDocument || !this.columnOf.has(name)) values.push(value);
      else if (!this.isWholeInColumn(name, value)) return false;
    }
    return at === shape.length;
  }

  private take(
    shape: DocumentShape,
    from: { values: unknown[]; at: number },
    row: DocumentRow,
    isDocument = false,
  ): Properties {
    const object: Properties = {};
    for (const part of shape) {
      if (isNested(part)) object[part[0]] = this.take(part[1], from, row);
      else if (typeof part === 'object') {
        const value = from.values[from.at++];
        object[part.name] = typeof value === 'number' ? textsOf(part, object, row[ID] as string)[value] : value;
      } else {
        const column = isDocument ? this.columnOf.get(part) : undefined;
        object[part] = column === undefined ? from.values[from.at++] : this.fromColumn(part, row[column]!);
      }
    }
    return object;
  }

  /** Whether a value comes back from its column as it was. */
  private isWholeInColumn(name: string, value: unknown): boolean {
    if (name === 'position') return true;
    const type = name === 'id' ? 'text' : this.types.get(name);
    if (value === null) return true;
    if (type === 'boolean') return typeof value === 'boolean';
    // What is no Unicode text would be mended on its way.
    return type === 'text' ? typeof value === 'string' && value.isWellFormed() : Number.isSafeInteger(value);
  }

  private fromColumn(name: string, value: Value): Value | boolean {
    return this.types.get(name) === 'boolean' && value !== null ? value === 1 : value;
  }
}

type Part = DocumentShape[number];

function isNested(part: Part): part is readonly [name: string, shape: DocumentShape] {
  return Array.isArray(part);
}

/** The texts that a frequent one may be; of properties, those in front of it. */
function textsOf({ mostly }: FrequentText, object: Properties, id: string): unknown[] {
  return mostly.map((text) => {
    if (typeof text === 'string') return text;
    return 'as' in text ? object[text.as] : id.split(text.cutAt).slice(text.from, text.to).join(text.cutAt);
  });
}

function isObject(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function columnValue(value: unknown): Value {
  if (typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : null;
}
