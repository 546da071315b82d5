/** The most pieces that are kept uncopied. A sender of more may send single bytes. */
const MOST_UNCOPIED = 256;

/** Pieces of this length are kept uncopied. */
const LARGE_BYTES = 2048;
const BLOCK_BYTES = 16 * 1024;

/** Collects buffers. It takes about as much memory as their bytes, however small they are. */
export class PieceList {
  bytes = 0;
  #pieces: Buffer[] = [];
  /** The last piece, if it has room left. */
  #block: Buffer | undefined;
  #used = 0;

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    this.bytes += piece.length;
    if (this.#pieces.length < MOST_UNCOPIED || piece.length >= LARGE_BYTES) {
      this.#closeBlock();
      this.#pieces.push(piece);
    } else this.#copy(piece);
  }

  /** Returns all bytes in one buffer and empties the list. */
  take(): Buffer {
    this.#closeBlock();
    const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces, this.bytes);
    this.#pieces = [];
    this.bytes = 0;
    return all;
  }

  #copy(piece: Buffer): void {
    if (!this.#block || this.#used + piece.length > BLOCK_BYTES) {
      this.#closeBlock();
      this.#block = Buffer.allocUnsafe(BLOCK_BYTES);
      this.#pieces.push(this.#block);
    }
    this.#used += piece.copy(this.#block, this.#used);
  }

  #closeBlock(): void {
    if (!this.#block) return;
    this.#pieces[this.#pieces.length - 1] = this.#block.subarray(0, this.#used);
    this.#block = undefined;
    this.#used = 0;
  }
}
