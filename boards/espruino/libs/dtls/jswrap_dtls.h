/* Thimble for Espruino: the native library that the JavaScript module `dtls` stands on. */
#include "jsvar.h"
#include "thimble.h"

JsVarInt jswrap_dtls_info(void);
JsVarInt jswrap_dtls_start(void);
JsVarInt jswrap_dtls_result(int32_t result);
JsVar *jswrap_dtls_bytes(JsVarInt address, JsVarInt length);
JsVar *jswrap_dtls_words(JsVarInt address, JsVarInt count);
JsVar *jswrap_dtls_copy(JsVarInt address, JsVarInt length);
