typedef enum { WIFI_MODE_NULL, WIFI_MODE_STA } wifi_mode_t;
typedef int esp_err_t;
#define ESP_OK 0
static inline esp_err_t esp_wifi_get_mode(wifi_mode_t *mode) { return *mode = RADIO ? WIFI_MODE_STA : WIFI_MODE_NULL, ESP_OK; }
