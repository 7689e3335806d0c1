package mysql

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the protocol's RSA exchange is defined with OAEP over SHA-1
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// Identity is what a server proves itself with: a certificate for TLS and an
// RSA key for the password exchange without TLS.
type Identity struct {
	TLS *tls.Config
	RSA *rsa.PrivateKey
}

// identityLifetime is how long a generated certificate is valid: longer than
// any process lives.
const identityLifetime = 10 * 365 * 24 * time.Hour

// GenerateIdentity makes a self-signed certificate and an RSA key, as mysqld
// does at its first start. now is the time from which the certificate is valid.
func GenerateIdentity(now time.Time) (*Identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("generate the TLS key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "Shardway auto-generated server certificate"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(identityLifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the TLS certificate: %w", err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("generate the RSA key: %w", err)
	}
	return &Identity{
		TLS: &tls.Config{
			MinVersion:   tls.VersionTLS12,
			Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		},
		RSA: rsaKey,
	}, nil
}

// publicPEM prints an RSA public key as clients expect it.
func publicPEM(key *rsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, fmt.Errorf("encode the RSA key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// decryptPassword opens a password that was XORed with the nonce and encrypted
// with the RSA key.
func decryptPassword(key *rsa.PrivateKey, sealed, nonce []byte) (string, bool) {
	plain, err := rsa.DecryptOAEP(sha1.New(), nil, key, sealed, nil) //nolint:gosec // as above
	if err != nil {
		return "", false
	}
	for i := 0; i < len(plain); i += len(nonce) {
		subtle.XORBytes(plain[i:], plain[i:], nonce)
	}
	return clearPassword(plain)
}

// clearPassword cuts the NUL behind a password sent in clear.
func clearPassword(p []byte) (string, bool) {
	if len(p) == 0 || p[len(p)-1] != 0 {
		return "", false
	}
	return string(p[:len(p)-1]), true
}
