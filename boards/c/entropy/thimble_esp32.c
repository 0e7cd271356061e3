/*
 * ESP32 family, ESP-IDF: the hardware generator. Its registers hold true random numbers only while the radio feeds them
 * (Espressif, "Random Number Generation"), so without Wi-Fi or Bluetooth running there is no entropy, and no start.
 */
#include "esp_random.h"
#include "esp_wifi.h"
#include "sdkconfig.h"
#ifdef CONFIG_BT_ENABLED
#include "esp_bt.h"
#endif
#include "../thimble.h"

/* Wi-Fi has a mode as soon as one is set, and keeps it when it is stopped; a power only while it is started. */
static int is_radio_on(void) {
  int8_t power;
  if (esp_wifi_get_max_tx_power(&power) == ESP_OK) return 1;
#ifdef CONFIG_BT_ENABLED
  return esp_bt_controller_get_status() == ESP_BT_CONTROLLER_STATUS_ENABLED;
#else
  return 0;
#endif
}

int32_t thimble_entropy(uint8_t *bytes, uint32_t length) {
  if (!is_radio_on()) return 1;
  esp_fill_random(bytes, length);
  return 0;
}
