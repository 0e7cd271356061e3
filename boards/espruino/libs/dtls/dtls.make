# DTLS for an Espruino firmware, by Thimble. This folder belongs at libs/dtls in Espruino's sources. Then either
#   make BOARD=… SETDEFINES=libs/dtls/dtls.make
# or, for good, a line in boards/….py, in info's 'build', 'makefile': 'include libs/dtls/dtls.make'

# Bytes of the engine's memory: two connections with datagrams of 528 bytes. README.md says what others need.
DTLS_MEMORY ?= 11520
# 0: the JavaScript module is not part of the firmware, but of Storage or of the script.
DTLS_MODULE ?= 1

DEFINES += -DUSE_DTLS -DTHIMBLE_MEMORY_BYTES=$(DTLS_MEMORY)
INCLUDE += -I$(ROOT)/libs/dtls -I$(ROOT)/libs/dtls/c
WRAPPERSOURCES += libs/dtls/jswrap_dtls.c
SOURCES += libs/dtls/c/thimble_runtime.c libs/dtls/c/thimble_psk.c

# Hardware entropy, by Espruino's names of the chip or its family. Elsewhere write thimble_entropy (thimble.h) and name its
# file in DTLS_ENTROPY: without one the firmware links, and the engine refuses to start.
DTLS_ENTROPY_LINUX = linux
DTLS_ENTROPY_NRF52 = nrf52840
DTLS_ENTROPY_ESP32 = esp32
DTLS_ENTROPY_ESP32_IDF4 = esp32
DTLS_ENTROPY_RP2040 = rp2040
DTLS_CHIP = $(firstword $(DTLS_ENTROPY_$(CHIP)) $(DTLS_ENTROPY_$(FAMILY)))
DTLS_ENTROPY ?= $(DTLS_CHIP:%=libs/dtls/c/entropy/thimble_%.c)
SOURCES += $(DTLS_ENTROPY)

ifeq ($(DTLS_MODULE),1)
JSMODULESOURCES += dtls:libs/dtls/dtls.min.js
endif
