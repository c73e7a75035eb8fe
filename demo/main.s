; Header, start-up, the frame loop and the vertical blank handler.

.include "rally.inc"

PPUCTRL_NMI   = %10000000       ; interrupt at vertical blank, all tiles at $0000
PPUMASK_SHOW  = %00011110       ; background and sprites, edges included

.segment "HEADER"

        .byte "NES", $1A
        .byte 1                 ; 16 KiB of program
        .byte 1                 ; 8 KiB of tiles
        .byte %00000010         ; mapper 0, battery-backed RAM at $6000
        .byte 0
        .byte 1                 ; 8 KiB of that RAM
        .res 7, 0

.code

reset:
        sei
        cld
        ldx #$40
        stx JOY2                ; no interrupts from the sound unit
        ldx #$FF
        txs
        inx
        stx PPUCTRL
        stx PPUMASK
        stx DMCFREQ

        ; The picture unit ignores writes until it has warmed up, which takes
        ; until the second vertical blank. Its flag may be left over from before
        ; the reset, so it is read once to clear it.
        bit PPUSTATUS
@first_blank:
        bit PPUSTATUS
        bpl @first_blank

        ; What RAM holds at power on differs between consoles and emulators, so
        ; nothing may depend on it: netplay needs every machine to start alike.
        lda #0
        tax
@clear: sta $0000,x
        sta $0100,x
        sta $0200,x
        sta $0300,x
        sta $0400,x
        sta $0500,x
        sta $0600,x
        sta $0700,x
        inx
        bne @clear

@second_blank:
        bit PPUSTATUS
        bpl @second_blank

        jsr save_load
        jsr sound_init
        jsr video_init
        jsr new_match
        lda #PPUCTRL_NMI
        sta PPUCTRL

frame_loop:
        jsr read_pads
        jsr game_update
        jsr video_draw
        lda #1
        sta frame_ready
@wait:  lda frame_ready
        bne @wait
        beq frame_loop          ; always

; Reads each pad once. No sample playback runs, so nothing can disturb the
; shift registers and there is no need to read twice and compare.
read_pads:
        lda #1
        sta JOY1                ; latch the buttons ...
        lsr a
        sta JOY1                ; ... and shift them out from now on
        ldx #1
@pad:   ldy pads,x              ; remember what was held in the last frame
        lda #1                  ; comes out as the carry after eight shifts
        sta scratch
@bit:   lda JOY1,x
        lsr a
        rol scratch
        bcc @bit
        tya
        eor #$FF
        and scratch
        sta pressed,x
        lda scratch
        sta pads,x
        dex
        bpl @pad
        rts

nmi:
        pha
        txa
        pha
        tya
        pha

        ldx #0
@count: inc frame,x             ; carry into the next byte as long as one wraps
        bne @counted
        inx
        cpx #4
        bne @count
@counted:

        lda frame_ready
        beq @done
        ldx #0
        stx OAMADDR
        lda #>oam
        sta OAMDMA
        jsr video_flush
        lda #PPUCTRL_NMI        ; writing video memory also moved the scroll
        sta PPUCTRL             ; position, so it is set anew
        lda #0
        sta PPUSCROLL
        sta PPUSCROLL
        lda #PPUMASK_SHOW
        sta PPUMASK
        lda #0
        sta frame_ready
@done:
        pla
        tay
        pla
        tax
        pla
irq:
        rti

.segment "VECTORS"

        .addr nmi, reset, irq
