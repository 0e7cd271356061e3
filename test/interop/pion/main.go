// A DTLS 1.2 client or server of pion for one conversation: sends each line of its standard input, prints what it receives,
// says CONNECTED, FAILED and CLOSED. A line of Q, or the end of its input, closes.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/pion/dtls/v2"
)

var (
	role     = flag.String("role", "client", "client or server")
	port     = flag.Int("port", 0, "the server's port; 0: the system's choice, printed")
	suite    = flag.String("suite", "", "number of the cipher suite in hex")
	psk      = flag.String("psk", "", "pre-shared key, as text")
	identity = flag.String("identity", "", "PSK identity of the client, hint of the server")
	cert     = flag.String("cert", "", "own certificate chain, PEM")
	key      = flag.String("key", "", "its private key, PEM")
	ca       = flag.String("ca", "", "trust anchors, PEM")
	name     = flag.String("name", "", "name of the server")
	ask      = flag.Bool("ask", false, "the client must show a certificate")
	alpn     = flag.String("alpn", "", "an application protocol")
	ems      = flag.Bool("ems", true, "extended master secret is required, else not offered")
	mtu      = flag.Int("mtu", 0, "longest handshake fragment; 0: pion's own 1200")
)

func main() {
	flag.Parse()
	config, err := configure()
	if err != nil {
		fail(err)
	}
	conn, err := open(config)
	if err != nil {
		fail(err)
	}
	state := conn.ConnectionState()
	fmt.Printf("CONNECTED as %q, protocol %q, certificates %d\n", state.IdentityHint, state.NegotiatedProtocol, len(state.PeerCertificates))
	closing, closed := make(chan struct{}), make(chan struct{})
	go send(conn, closing, closed)
	listen(conn)
	select {
	case <-closing:
		<-closed // its close_notify is on its way
	default:
	}
}

// send sends lines until there are no more, then closes.
func send(conn *dtls.Conn, closing, closed chan struct{}) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() && lines.Text() != "Q" {
		if _, err := conn.Write(lines.Bytes()); err != nil {
			fail(err)
		}
	}
	close(closing)
	conn.Close()
	close(closed)
}

func configure() (*dtls.Config, error) {
	number, err := strconv.ParseUint(*suite, 16, 16)
	if err != nil {
		return nil, err
	}
	config := &dtls.Config{CipherSuites: []dtls.CipherSuiteID{dtls.CipherSuiteID(number)}, ServerName: *name, MTU: *mtu}
	config.ExtendedMasterSecret = dtls.RequireExtendedMasterSecret
	if !*ems {
		config.ExtendedMasterSecret = dtls.DisableExtendedMasterSecret
	}
	if *alpn != "" {
		config.SupportedProtocols = []string{*alpn}
	}
	if *psk != "" {
		config.PSK = func(hint []byte) ([]byte, error) {
			fmt.Printf("IDENTITY %q\n", hint)
			return []byte(*psk), nil
		}
		config.PSKIdentityHint = []byte(*identity)
	}
	if *cert != "" {
		own, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{own}
	}
	if *ca != "" {
		pem, err := os.ReadFile(*ca)
		if err != nil {
			return nil, err
		}
		anchors := x509.NewCertPool()
		anchors.AppendCertsFromPEM(pem)
		config.RootCAs, config.ClientCAs = anchors, anchors
	}
	if *ask {
		config.ClientAuth = dtls.RequireAndVerifyClientCert
	}
	return config, nil
}

func open(config *dtls.Config) (*dtls.Conn, error) {
	address := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: *port}
	if *role == "client" {
		return dtls.Dial("udp", address, config)
	}
	listener, err := dtls.Listen("udp", address, config)
	if err != nil {
		return nil, err
	}
	fmt.Printf("LISTENING %d\n", listener.Addr().(*net.UDPAddr).Port)
	conn, err := listener.Accept()
	if err != nil {
		return nil, err
	}
	return conn.(*dtls.Conn), nil
}

func listen(conn *dtls.Conn) {
	bytes := make([]byte, 8192)
	for {
		length, err := conn.Read(bytes)
		if err != nil {
			fmt.Printf("CLOSED: %v\n", err)
			return
		}
		fmt.Printf("MESSAGE %s\n", bytes[:length])
	}
}

func fail(err error) {
	fmt.Printf("FAILED %v\n", err)
	os.Exit(1)
}
