#include <stdint.h>
typedef int esp_err_t;
#define ESP_OK 0
#define ESP_ERR_WIFI_NOT_STARTED 0x3002
static inline esp_err_t esp_wifi_get_max_tx_power(int8_t *power) { return *power = 80, RADIO ? ESP_OK : ESP_ERR_WIFI_NOT_STARTED; }
