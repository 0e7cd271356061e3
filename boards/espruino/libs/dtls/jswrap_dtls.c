/*
 * Thimble for Espruino: the engine's own functions, whose meaning stands in thimble.h, and its memory as typed arrays.
 * Scripts use the module `dtls` instead. Espruino's build reads the comments that begin with JSON.
 */
#include "jswrap_dtls.h"
#include "jsutils.h"
#include "jswrap_arraybuffer.h"

static int32_t info;

/* Nothing that JavaScript asks for may lie outside of the module's memory, or be longer than an array can be. */
static bool is_inside(JsVarInt address, JsVarInt length) {
  bool inside = address >= 0 && length > 0 && length <= 65535 && length <= (JsVarInt)thimble_memory_bytes &&
    address <= (JsVarInt)thimble_memory_bytes - length;
  if (!inside) jsExceptionHere(JSET_ERROR, "Outside of Thimble's memory");
  return inside;
}

/* A typed array over `length` bytes of `data`, a string. Consumes the string. */
static JsVar *array_over(JsVarDataArrayBufferViewType type, JsVar *data, JsVarInt length) {
  if (!data) return 0; /* out of memory, which Espruino reports itself */
  JsVar *buffer = jsvNewArrayBufferFromString(data, (unsigned int)length);
  JsVar *array = buffer ? jswrap_typedarray_constructor(type, buffer, 0, 0) : 0;
  jsvUnLock2(data, buffer);
  return array;
}

static JsVar *view(JsVarDataArrayBufferViewType type, JsVarInt address, JsVarInt length) {
  if (!is_inside(address, length)) return 0;
  return array_over(type, jsvNewNativeString((char *)thimble_memory + address, (size_t)length), length);
}

/* Passes a result on; a trap becomes an exception. */
JsVarInt jswrap_dtls_result(int32_t result) {
  if (result == THIMBLE_TRAPPED) jsExceptionHere(JSET_ERROR, "Thimble: %s", thimble_trap());
  return result;
}

/*JSON{
  "type" : "library",
  "class" : "thimble",
  "ifdef" : "USE_DTLS"
}
Thimble's engine: DTLS (RFC 6347) in the profile of RFC 7925. There is one in a firmware. Scripts use `require("dtls")`,
which stands on this library; using both at once mixes up the engine's connections.
*/

/*JSON{
  "type" : "staticproperty",
  "class" : "thimble",
  "name" : "INFO",
  "generate_full" : "jswrap_dtls_info()",
  "return" : ["int", "Where the layout stands in the engine's memory, once it was started"],
  "ifdef" : "USE_DTLS"
}
*/
JsVarInt jswrap_dtls_info(void) {
  return info;
}

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "start",
  "generate" : "jswrap_dtls_start",
  "return" : ["int", "The address of the layout"],
  "ifdef" : "USE_DTLS"
}
A fresh engine: all connections are forgotten and their keys wiped.
*/
JsVarInt jswrap_dtls_start(void) {
  info = thimble_start();
  return jswrap_dtls_result(info);
}

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "init",
  "generate_full" : "jswrap_dtls_result(thimble_init())",
  "return" : ["int", "0, or a negative number: the layout does not fit, or there is no entropy"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "context",
  "generate_full" : "jswrap_dtls_result(thimble_context(id, length))",
  "params" : [["id", "int32", "Number of the context"], ["length", "int32", "Bytes of its record"]],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "listen",
  "generate_full" : "jswrap_dtls_result(thimble_listen(context))",
  "params" : [["context", "int32", "Number of the context that serves new peers, or -1"]],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "connect",
  "generate_full" : "jswrap_dtls_result(thimble_connect(context, now))",
  "params" : [["context", "int32", "Number of the client's context"], ["now", "int32", "Monotonic milliseconds"]],
  "return" : ["int", "The connection's handle, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "receive",
  "generate_full" : "jswrap_dtls_result(thimble_receive(handle, length, now))",
  "params" : [
    ["handle", "int32", "The sender's connection, or 0"],
    ["length", "int32", "Bytes of the datagram"],
    ["now", "int32", "Monotonic milliseconds"]
  ],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "send",
  "generate_full" : "jswrap_dtls_result(thimble_send(handle, length))",
  "params" : [["handle", "int32", "The connection"], ["length", "int32", "Bytes of the message"]],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "answer",
  "generate_full" : "jswrap_dtls_result(thimble_answer(serial, length, now))",
  "params" : [
    ["serial", "int32", "Number of the question"],
    ["length", "int32", "Bytes of the answer, or -1 if there is none"],
    ["now", "int32", "Monotonic milliseconds"]
  ],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "timeout",
  "generate_full" : "jswrap_dtls_result(thimble_timeout(now))",
  "params" : [["now", "int32", "Monotonic milliseconds"]],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "close",
  "generate_full" : "jswrap_dtls_result(thimble_close(handle))",
  "params" : [["handle", "int32", "The connection"]],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "discard",
  "generate_full" : "jswrap_dtls_result(thimble_discard(handle))",
  "params" : [["handle", "int32", "The connection"]],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "seals",
  "generate_full" : "jswrap_dtls_result(thimble_seals(length))",
  "params" : [["length", "int32", "How many bytes of secrets are in the window"]],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "save",
  "generate_full" : "jswrap_dtls_result(thimble_save(handle, length, keeps))",
  "params" : [
    ["handle", "int32", "The connection"],
    ["length", "int32", "How many bytes of the caller's own in the window go with it"],
    ["keeps", "int32", "0: it moves into its state; 1: it goes on"]
  ],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "stored",
  "generate_full" : "jswrap_dtls_result(thimble_stored(handle))",
  "params" : [["handle", "int32", "The connection whose latest state is stored"]],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "restore",
  "generate_full" : "jswrap_dtls_result(thimble_restore(id, length, role))",
  "params" : [
    ["id", "int32", "The number of its context"],
    ["length", "int32", "How many bytes of state are in the window"],
    ["role", "int32", "0 client, 1 server"]
  ],
  "return" : ["int", "A handle, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "exporter",
  "generate_full" : "jswrap_dtls_result(thimble_exporter(handle, length, wanted))",
  "params" : [
    ["handle", "int32", "The connection"],
    ["length", "int32", "How many bytes of label and context are in the window"],
    ["wanted", "int32", "How many bytes of keying material"]
  ],
  "return" : ["int", "0, or a negative number"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "poll",
  "generate_full" : "jswrap_dtls_result(thimble_poll())",
  "return" : ["int", "The kind of the next event, 0 if there is none"],
  "ifdef" : "USE_DTLS"
}
*/

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "bytes",
  "generate" : "jswrap_dtls_bytes",
  "params" : [["address", "int", "Where in the engine's memory"], ["length", "int", "1 to 65,535 bytes"]],
  "return" : ["JsVar", "A Uint8Array that is this piece of the memory, not a copy"],
  "ifdef" : "USE_DTLS"
}
*/
JsVar *jswrap_dtls_bytes(JsVarInt address, JsVarInt length) {
  return view(ARRAYBUFFERVIEW_UINT8, address, length);
}

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "words",
  "generate" : "jswrap_dtls_words",
  "params" : [
    ["address", "int", "Where in the engine's memory"],
    ["count", "int", "How many words of 32 bits, 1 to 16,383"]
  ],
  "return" : ["JsVar", "An Int32Array that is this piece of the memory, not a copy"],
  "ifdef" : "USE_DTLS"
}
*/
JsVar *jswrap_dtls_words(JsVarInt address, JsVarInt count) {
  return view(ARRAYBUFFERVIEW_INT32, address, count > 0 && count < 16384 ? count * 4 : 0);
}

/*JSON{
  "type" : "staticmethod", "class" : "thimble", "name" : "copy",
  "generate" : "jswrap_dtls_copy",
  "params" : [["address", "int", "Where in the engine's memory"], ["length", "int", "0 to 65,535 bytes"]],
  "return" : ["JsVar", "A Uint8Array of its own, as one string inside: E.toString makes no second copy of it"],
  "ifdef" : "USE_DTLS"
}
*/
JsVar *jswrap_dtls_copy(JsVarInt address, JsVarInt length) {
  if (length == 0) return jsvNewTypedArray(ARRAYBUFFERVIEW_UINT8, 0);
  if (!is_inside(address, length)) return 0;
  JsVar *copy = jsvNewFromEmptyString(); /* in pieces: to look for room in one piece takes longer than all else */
  if (copy) jsvAppendStringBuf(copy, (const char *)thimble_memory + address, (size_t)length);
  return array_over(ARRAYBUFFERVIEW_UINT8, copy, length);
}
