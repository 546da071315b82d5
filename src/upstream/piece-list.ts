/** So many pieces are kept as they came; a sender of more may be one of single bytes. */
const MOST_UNCOPIED = 256;

/** Pieces of this length are worth keeping as they are. */
const LARGE_BYTES = 2048;
const BLOCK_BYTES = 16 * 1024;

/** Collects buffers. However small they come, it takes about as much memory as their bytes. */
export class PieceList {
  bytes = 0;
  #pieces: Buffer[] = [];
  /** The last of the pieces, where it has room left. */
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

  /** All bytes in one buffer; afterwards the list is empty. */
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
