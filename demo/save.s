; The longest rally, kept in battery RAM: signature, value, checksum.

.include "rally.inc"

SIGNATURE_LEN = 5
SAVE_SIZE     = $2000           ; all of the battery RAM

.segment "SAVE"

save_start:
save_signature: .res SIGNATURE_LEN
save_best:      .res 1
save_checksum:  .res 1

.code

; Takes the record over, or starts afresh if there is no valid one.
save_load:
        ldx #SIGNATURE_LEN - 1
@compare:
        lda save_signature,x
        cmp signature,x
        bne @invalid
        dex
        bpl @compare
        jsr checksum
        cmp save_checksum
        bne @invalid
        lda save_best
        sta best
        rts

        ; A fresh memory holds anything, so all of it is cleared: then it is
        ; the same for everyone who starts without a record.
@invalid:
        lda #<save_start
        sta pointer
        lda #>save_start
        sta pointer+1
        lda #0
        tay
        ldx #>SAVE_SIZE
@clear: sta (pointer),y
        iny
        bne @clear
        inc pointer+1
        dex
        bne @clear
        ldx #SIGNATURE_LEN - 1
@sign:  lda signature,x
        sta save_signature,x
        dex
        bpl @sign
        ; falls through

; Writes the record. Keeps X.
save_store:
        lda best
        sta save_best
        jsr checksum
        sta save_checksum
        rts

; Inverted sum of signature and record. Uses Y.
checksum:
        ldy #SIGNATURE_LEN
        lda #0
@add:   clc
        adc save_signature,y    ; the record follows the signature
        dey
        bpl @add
        eor #$FF
        rts

.rodata

signature: .byte "RALLY"

.assert * - signature = SIGNATURE_LEN, error, "signature length"
