import { AppError } from '../errors.ts';

/*
 * An ApplyRulesRequest in bytes, read piece by piece. Decoding 100,000 rules at once would hold up the control thread
 * for half a second, and with it every other call and the heartbeat of the connection. A protobuf message is a row of
 * fields, so any stretch that begins and ends between two fields is a message of the same type by itself.
 */

const RULES_PER_PIECE = 500;
/** Field number and wire type, as proto/fastpath/v1/fastpath.proto has them: `repeated Rule rules = 2`. */
const RULE_TAG = (2 << 3) | 2;

/** Wire types: how long the value of a field is. */
const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

export interface RuleSetPieces {
  readonly ruleCount: number;
  /** All that is not a rule: the version. */
  readonly head: Buffer;
  /** The rules in their order, some hundred in each. They share the memory of the message. */
  readonly rules: readonly Buffer[];
}

/** @throws AppError `invalid_argument` for bytes that are no message. */
export function cutRuleSet(message: Buffer): RuleSetPieces {
  const cursor = new Cursor(message);
  const head: Buffer[] = [];
  const rules: Buffer[] = [];
  let [ruleCount, inPiece, pieceFrom] = [0, 0, 0];
  const endPiece = (at: number) => {
    if (inPiece > 0) rules.push(message.subarray(pieceFrom, at));
    inPiece = 0;
  };
  while (cursor.at < message.length) {
    const from = cursor.at;
    const tag = cursor.varint();
    cursor.skipValue(tag & 7);
    if (tag === RULE_TAG) {
      if (inPiece === 0) pieceFrom = from;
      ruleCount += 1;
      inPiece += 1;
      if (inPiece === RULES_PER_PIECE) endPiece(cursor.at);
    } else {
      endPiece(from);
      head.push(message.subarray(from, cursor.at));
    }
  }
  endPiece(message.length);
  return { ruleCount, head: Buffer.concat(head), rules };
}

class Cursor {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw notAMessage();
  }

  skipValue(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === DELIMITED) this.#skip(this.varint());
    else if (wireType === FIXED_64) this.#skip(8);
    else if (wireType === FIXED_32) this.#skip(4);
    else throw notAMessage();
  }

  #skip(length: number): void {
    this.at += length;
    if (this.at > this.#bytes.length) throw notAMessage();
  }
}

function notAMessage(): AppError {
  return new AppError('invalid_argument', 'the request is not an ApplyRulesRequest');
}
