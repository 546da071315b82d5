import { IsString, Matches } from 'class-validator';
import { IsNote } from '../fields/note-field.js';
import { IsUsd, type UsdField } from '../fields/usd-field.js';

/** Body of `POST /v1/customers/:id/wallet/topup`. */
export class TopUpDto {
  @IsUsd({ positive: true })
  amount_usd!: UsdField;

  @IsNote()
  note?: string | null;
}

/** Body of `POST /v1/customers/:id/wallet/adjust`: a negative amount takes away. */
export class AdjustDto {
  @IsUsd({ negative: true })
  amount_usd!: UsdField;

  @IsNote()
  note?: string | null;
}

/** Body of `POST /v1/customers/:id/wallet/refund`; without an amount all that is left of the debit is given back. */
export class RefundDto {
  @IsString({ message: 'must be the id of a request' })
  @Matches(/^req_[0-9A-Za-z]{24}$/, { message: 'must be the id of a request' })
  request_id!: string;

  @IsUsd({ positive: true, nullable: true })
  amount_usd?: UsdField | null;

  @IsNote()
  note?: string | null;
}
