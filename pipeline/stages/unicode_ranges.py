"""General category and script of every code point, pinned to one version of Unicode, so that every Python measures alike.

``RANGES`` holds ``<distance in hex>:<class>`` from one range's start to the next one's: ``N`` numbers, ``M`` marks, ``P``
punctuation, ``Z`` spaces, ``O`` all else (symbols, controls, formats, private use, unassigned); letters are named by the ISO 15924
code of their script (``Zyyy`` where they belong to several). Two changes: white-space controls are spaces, and the zero-width joiners
are marks, since Persian and Indic words are spelled with them.
"""

UNICODE_VERSION = "18.0.0"

RANGES = """
0:O 9:Z 5:O 12:Z 1:P 3:O 1:P 6:O 1:P 4:N a:P 2:O 3:P 2:Latn 1a:P 3:O 1:P 1:O 1:Latn 1a:P 1:O 1:P 1:O 7:Z 1:O 1a:Z 1:P 1:O 5:P 1:O 2:Latn
1:P 1:O 6:N 2:O 1:Zyyy 1:P 2:O 1:N 1:Latn 1:P 1:N 3:P 1:Latn 17:O 1:Latn 1f:O 1:Latn 1c1:Zyyy 9:O 4:Zyyy c:O e:Latn 5:O 7:Zyyy 1:O 1:Zyyy
1:O 11:M 70:Grek 4:Zyyy 1:O 1:Grek 2:O 2:Grek 4:P 1:Grek 1:O 6:Grek 1:P 1:Grek 3:O 1:Grek 1:O 1:Grek 14:O 1:Grek 3f:Copt e:Grek 6:O 1:Grek
9:Cyrl 82:O 1:M 7:Cyrl a6:O 1:Armn 26:O 1:Armn 2:P 6:Armn 29:P 2:Armn 2:O 4:M 2d:P 1:M 1:P 1:M 2:P 1:M 2:P 1:M 3:O 6:Hebr 1b:O 4:Hebr 4:P
2:O 14:P 2:O 1:P 2:O 2:M b:P 1:O 1:P 3:Arab 20:Zyyy 1:Arab a:M 15:N a:P 4:Arab 2:M 1:Arab 63:P 1:Arab 1:M 7:O 2:M 6:Arab 2:M 2:O 1:M
4:Arab 2:N a:Arab 3:O 2:Arab 1:P e:O 2:Syrc 1:M 1:Syrc 1e:M 1b:O 2:Syrc 3:Arab 30:Thaa 26:M b:Thaa 1:O e:N a:Nkoo 21:M 9:Nkoo 2:O 1:P
3:Nkoo 1:O 2:M 1:O 2:Samr 16:M 4:Samr 1:M 9:Samr 1:M 3:Samr 1:M 5:O 2:P f:O 1:Mand 19:M 3:O 2:P 1:O 1:Syrc b:O 5:Arab 18:O 1:Arab 7:O 7:M
9:Arab 2a:M 18:O 1:M 21:Deva 36:M 3:Deva 1:M 12:Deva 1:M 7:Deva a:M 2:P 2:N a:P 1:Deva f:Beng 1:M 3:O 1:Beng 8:O 2:Beng 2:O 2:Beng 16:O
1:Beng 7:O 1:Beng 1:O 3:Beng 4:O 2:M 1:Beng 1:M 7:O 2:M 2:O 2:M 3:Beng 1:O 8:M 1:O 4:Beng 2:O 1:Beng 3:M 2:O 2:N a:Beng 2:O 2:N 6:O 2:Beng
1:P 1:M 1:O 2:M 3:O 1:Guru 6:O 4:Guru 2:O 2:Guru 16:O 1:Guru 7:O 1:Guru 2:O 1:Guru 2:O 1:Guru 2:O 2:M 1:O 1:M 5:O 4:M 2:O 2:M 3:O 3:M 1:O
7:Guru 4:O 1:Guru 1:O 7:N a:M 2:Guru 3:M 1:P 1:O a:M 3:O 1:Gujr 9:O 1:Gujr 3:O 1:Gujr 16:O 1:Gujr 7:O 1:Gujr 2:O 1:Gujr 5:O 2:M 1:Gujr 1:M
8:O 1:M 3:O 1:M 3:O 2:Gujr 1:O f:Gujr 2:M 2:O 2:N a:P 1:O 8:Gujr 1:M 6:O 1:M 3:O 1:Orya 8:O 2:Orya 2:O 2:Orya 16:O 1:Orya 7:O 1:Orya 2:O
1:Orya 5:O 2:M 1:Orya 1:M 7:O 2:M 2:O 2:M 3:O 5:M 5:O 4:Orya 2:O 1:Orya 3:M 2:O 2:N a:O 1:Orya 1:N 6:O a:M 1:Taml 1:O 1:Taml 6:O 3:Taml
3:O 1:Taml 4:O 3:Taml 2:O 1:Taml 1:O 1:Taml 2:O 3:Taml 2:O 3:Taml 3:O 3:Taml c:O 4:M 5:O 3:M 3:O 1:M 4:O 2:Taml 1:O 6:M 1:O e:N d:O d:M
5:Telu 8:O 1:Telu 3:O 1:Telu 17:O 1:Telu 10:O 2:M 1:Telu 1:M 7:O 1:M 3:O 1:M 4:O 7:M 2:O 1:Telu 3:O 1:Telu 2:O 2:Telu 2:M 2:O 2:N a:O 7:P
1:N 7:O 1:Knda 1:M 3:P 1:Knda 8:O 1:Knda 3:O 1:Knda 17:O 1:Knda a:O 1:Knda 5:O 2:M 1:Knda 1:M 7:O 1:M 3:O 1:M 4:O 7:M 2:O 5:Knda 3:O
1:Knda 2:M 2:O 2:N a:O 1:Knda 2:M 1:O c:M 4:Mlym 9:O 1:Mlym 3:O 1:Mlym 29:M 2:Mlym 1:M 7:O 1:M 3:O 1:M 4:Mlym 1:O 5:Mlym 3:M 1:N 7:Mlym
3:M 2:O 2:N 13:O 1:Mlym 6:O 1:M 3:O 1:Sinh 12:O 3:Sinh 18:O 1:Sinh 9:O 1:Sinh 1:O 2:Sinh 7:O 3:M 1:O 4:M 6:O 1:M 1:O 1:M 8:O 6:N a:O 2:M
2:P 1:O c:Thai 30:M 1:Thai 2:M 7:O 5:Thai 7:M 8:P 1:N a:P 2:O 25:Laoo 2:O 1:Laoo 1:O 1:Laoo 5:O 1:Laoo 18:O 1:Laoo 1:O 1:Laoo a:M 1:Laoo
2:M 9:Laoo 1:O 2:Laoo 5:O 1:Laoo 1:O 1:M 7:O 1:N a:O 2:Laoo 4:O 20:Tibt 1:O 3:P f:O 1:P 1:O 3:M 2:O 6:N 14:O 1:M 1:O 1:M 1:O 1:M 1:P 4:M
2:Tibt 8:O 1:Tibt 24:O 4:M 14:P 1:M 2:Tibt 5:M b:O 1:M 24:O 9:M 1:O 9:P 5:O 4:P 2:O 25:Mymr 2b:M 14:Mymr 1:N a:P 6:Mymr 6:M 4:Mymr 4:M
3:Mymr 1:M 3:Mymr 2:M 7:Mymr 3:M 4:Mymr d:M c:Mymr 1:M 1:N a:M 4:O 2:Geor 26:O 1:Geor 1:O 5:Geor 1:O 2:Geor 2b:P 1:Geor 4:Hang 100:Ethi
49:O 1:Ethi 4:O 2:Ethi 7:O 1:Ethi 1:O 1:Ethi 4:O 2:Ethi 29:O 1:Ethi 4:O 2:Ethi 21:O 1:Ethi 4:O 2:Ethi 7:O 1:Ethi 1:O 1:Ethi 4:O 2:Ethi f:O
1:Ethi 39:O 1:Ethi 4:O 2:Ethi 43:O 2:M 3:P 9:N 14:O 3:Ethi 10:O 10:Cher 56:O 2:Cher 6:O 2:P 1:Cans 26c:O 1:P 1:Cans 11:Z 1:Ogam 1a:P 2:O
3:Runr 4b:P 3:N 3:Runr 8:O 7:Tglg 12:M 4:O 9:Tglg 1:Hano 12:M 3:P 2:O 9:Buhd 12:M 2:O c:Tagb d:O 1:Tagb 3:O 1:M 2:O c:Khmr 34:M 20:P
3:Khmr 1:P 3:O 1:Khmr 1:M 1:O 2:N a:O 6:N a:O 6:P b:M 3:O 1:M 1:N a:O 6:Mong 59:O 7:Mong 5:M 2:Mong 22:M 1:Mong 1:O 5:Cans 46:O a:Limb
1f:O 1:M c:O 4:M c:O 8:P 2:N a:Tale 1e:O 2:Tale 5:O b:Talu 2c:O 4:Talu 1a:O 6:N b:O 25:Bugi 17:M 5:O 2:P 2:Lana 35:M a:O 1:M 1d:O 2:M 1:N
a:O 6:N a:O 6:P 7:Lana 1:P 6:O 2:M 41:O f:M 5:Bali 2f:M 11:Bali 8:O 1:P 2:N a:P 7:O a:M 9:O 9:P 3:M 3:Sund 1e:M d:Sund 2:N a:Sund 6:Batk
26:M e:O 8:P 4:Lepc 24:M 14:O 3:P 5:N a:O 3:Lepc 3:N a:Olck 24:P 2:Cyrl b:O 5:Geor 2b:O 2:Geor 3:P 8:O 8:M 3:P 1:M 15:Zyyy 4:M 1:Zyyy 6:M
1:Zyyy 2:M 3:Zyyy 1:O 5:Latn 26:Grek 5:Cyrl 1:Latn 31:Grek 5:Latn 4:Grek 5:Latn d:Cyrl 1:Latn 46:Grek 1:M 40:Latn 100:Grek 16:O 2:Grek 6:O
2:Grek 26:O 2:Grek 6:O 2:Grek 8:O 1:Grek 1:O 1:Grek 1:O 1:Grek 1:O 1:Grek 1f:O 2:Grek 35:O 1:Grek 7:O 1:Grek 1:O 3:Grek 3:O 1:Grek 7:O
3:Grek 4:O 2:Grek 6:O 4:Grek d:O 5:Grek 3:O 1:Grek 7:O 3:Z b:O 1:M 2:O 2:P 18:Z 2:O 5:Z 1:P 14:O 1:P d:O 1:P c:Z 1:O 10:N 1:Latn 1:O 2:N
6:O 3:P 2:Latn 1:N a:O 3:P 2:Zyyy 1:Latn 10:O 30:M 21:O 11:Zyyy 1:O 4:Zyyy 1:O 2:Zyyy a:O 1:Zyyy 1:O 3:Zyyy 5:O 6:Zyyy 1:O 1:Grek 1:O
1:Zyyy 1:O 1:Latn 2:Zyyy 2:O 1:Zyyy 3:Latn 1:Zyyy 7:O 2:Zyyy 4:O 5:Zyyy 5:O 4:Latn 1:O 1:N 33:Latn 2:N 5:O 17e:P 4:O 1d:P 2:O 135:N 3c:O
4e:N 16:O 268:P e:N 1e:O 31:P 2:O 1f:P a:O 193:P 16:O 3f:P 4:O 20:P 2:O 202:Glag 60:Latn 20:Copt 65:O 6:Copt 4:M 3:Copt 2:O 5:P 4:N 1:P
2:Geor 26:O 1:Geor 1:O 5:Geor 1:O 2:Tfng 38:O 7:Tfng 1:P 1:O e:M 1:Ethi 17:O 9:Ethi 7:O 1:Ethi 7:O 1:Ethi 7:O 1:Ethi 7:O 1:Ethi 7:O 1:Ethi
7:O 1:Ethi 7:O 1:Ethi 7:O 1:M 20:P 2f:Zyyy 1:P 20:O 2:P c:O 2:P 4:O 19c:Z 1:P 3:O 1:Hani 1:Zyyy 1:N 1:P a:O 2:P c:O 1:N 9:M 6:P 1:Zyyy 5:O
2:N 3:Hani 1:Zyyy 1:P 1:O 3:Hira 56:O 2:M 2:O 2:Hira 3:P 1:Kana 5a:P 1:Zyyy 1:Kana 3:O 5:Bopo 2b:O 1:Hang 5e:O 3:N 4:O a:Bopo 20:O 30:Kana
10:O 20:N a:O 1e:N 8:O 1:N f:O 20:N a:O 27:N f:O 140:Hani 19c0:O 40:Hani 5200:Yiii 48d:O 43:Lisu 2e:P 2:Vaii 10d:P 3:Vaii 10:N a:Vaii 2:O
14:Cyrl 2f:M 4:P 1:M a:P 1:Cyrl 1f:M 2:Bamu 46:N a:M 2:P 6:O 1f:Zyyy 9:O 2:Latn 66:Zyyy 1:O 2:Latn 53:O 4:Latn 1:O e:Latn f:Sylo 2:M
1:Sylo 3:M 1:Sylo 4:M 1:Sylo 17:M 5:O 4:M 1:O 3:N 6:O a:Phag 34:P 4:O 8:M 2:Saur 32:M 12:O 8:P 2:N a:O 6:M 12:Deva 6:P 3:Deva 1:P 1:Deva
2:M 1:N a:Kali 1c:M 8:P 2:Rjng 17:M d:O b:P 1:Hang 1d:O 3:M 4:Java 2f:M e:P d:O 1:Zyyy 1:N a:O 4:P 2:Mymr 5:M 1:Mymr a:N a:Mymr 5:O 1:Cham
29:M e:O 9:Cham 3:M 1:Cham 8:M 2:O 2:N a:O 2:P 4:Mymr 17:O 3:Mymr 1:M 3:Mymr 2:Tavt 30:M 1:Tavt 1:M 3:Tavt 2:M 2:Tavt 5:M 2:Tavt 1:M
1:Tavt 1:O 18:Tavt 3:P 2:Mtei b:M 5:P 2:Mtei 3:M 2:O a:Ethi 6:O 2:Ethi 6:O 2:Ethi 6:O 9:Ethi 7:O 1:Ethi 7:O 1:Latn 2b:O 1:Latn 9:Grek
1:Latn 4:O 2:Latn 2:O 2:Cher 50:Mtei 23:M 8:P 1:M 2:O 2:N a:O 6:Hang 2ba4:O c:Hang 17:O 4:Hang 31:O 2104:Hani 16e:O 2:Hani 6a:O 26:Latn
7:O c:Armn 5:O 5:Hebr 1:M 1:Hebr a:O 1:Hebr d:O 1:Hebr 5:O 1:Hebr 1:O 1:Hebr 2:O 1:Hebr 2:O 1:Hebr a:Arab 62:O 21:Arab 16b:P 2:O 10:Arab
40:O 2:Arab 36:O 28:Arab c:O 4:M 10:P a:O 6:M 10:P 23:O 1:P e:O 1:P 1:O 4:P 1:O 1:P 2:O 4:Arab 5:O 1:Arab 87:O 4:P 3:O 1:P 6:O 1:P 4:N a:P
2:O 3:P 2:Latn 1a:P 3:O 1:P 1:O 1:Latn 1a:P 1:O 1:P 1:O 1:P 7:Kana a:Zyyy 1:Kana 2d:Zyyy 2:Hang 1f:O 3:Hang 6:O 2:Hang 6:O 2:Hang 6:O
2:Hang 3:O 23:Linb c:O 1:Linb 1a:O 1:Linb 13:O 1:Linb 2:O 1:Linb f:O 2:Linb e:O 22:Linb 7b:O 5:P 3:O 4:N 2d:O c:N 39:O 11:N 2:O 71:M 1:O
82:Lyci 1d:O 3:Cari 31:O f:M 1:N 1b:O 4:Ital 20:N 4:O 9:Ital 3:Goth 11:N 1:Goth 8:N 1:O 5:Perm 26:M 5:O 5:Ugar 1e:O 1:P 1:Xpeo 24:O 4:Xpeo
8:P 1:N 5:O 2a:Dsrt 50:Shaw 30:Osma 1e:O 2:N a:O 6:Osge 24:O 4:Osge 24:O 4:Elba 28:O 8:Aghb 34:O b:P 1:Vith b:O 1:Vith f:O 1:Vith 7:O
1:Vith 2:O 1:Vith b:O 1:Vith f:O 1:Vith 7:O 1:Vith 2:O 3:Todr 34:O c:Lina 137:O 9:Lina 16:O a:Lina 8:O 18:Latn 6:O 1:Latn 2a:O 1:Latn e:O
40:Cprt 6:O 2:Cprt 1:O 1:Cprt 2c:O 1:Cprt 2:O 3:Cprt 1:O 2:Cprt 1:Armi 16:O 1:P 1:N 8:Palm 17:O 2:N 7:Nbat 1f:O 8:N 9:O 30:Hatr 13:O
1:Hatr 2:O 5:N 5:Phnx 16:N 6:O 3:P 1:Lydi 1a:O 5:P 1:Sidt 1a:O 26:Mero 20:Merc 18:O 4:N 2:Merc 2:N 10:O 2:N 2e:Khar 1:M 3:O 1:M 2:O 5:M
4:Khar 4:O 1:Khar 3:O 1:Khar 1d:O 2:M 3:O 4:M 1:N 9:O 7:P 9:O 7:Sarb 1d:N 2:P 1:Narb 1d:N 3:O 20:Mani 8:O 1:Mani 1c:M 2:O 4:N 5:P 7:O
9:Avst 36:O 3:P 7:Prti 16:O 2:N 8:Phli 13:O 5:N 8:Phlp 12:O 7:P 4:O c:N 7:O 50:Orkh 49:O 37:Hung 33:O d:Hung 33:O 7:N 6:Rohg 24:M 4:O 8:N
a:O 6:N a:Gara 1c:O 3:M 5:P 1:Gara 17:O da:N 1f:O 1:Yezi 2a:O 1:M 2:P 1:O 2:Yezi 2:O 10:Arab 6:O 3:M 5:P 1:O 8:Arab 16:O 1:M 10:Sogo 1d:N
a:Sogo 1:O 8:Sogd 16:M b:N 4:P 5:O 16:Ougr 12:M 4:P 4:O 26:Chrs 15:N 7:O 14:Elym 17:O 9:M 3:Brah 35:M f:P 7:O 4:N 1e:M 1:Brah 2:M 2:Brah
1:O 9:M 4:Kthi 2d:M b:P 2:O 1:P 4:M 1:O d:Sora 19:O 7:N a:O 6:M 3:Cakm 24:M e:O 1:N a:P 4:Cakm 1:M 2:Cakm 1:O 8:Mahj 23:M 1:P 2:Mahj 1:O
9:M 3:Shrd 30:M e:Shrd 4:P 4:M 4:P 1:M 2:N a:Shrd 1:P 1:Shrd 1:P 3:O 1:N 14:O b:Khoj 12:O 1:Khoj 19:M c:P 6:M 1:Khoj 2:M 1:O 3e:Mult 7:O
1:Mult 1:O 1:Mult 4:O 1:Mult f:O 1:Mult a:P 1:O 6:Sind 2f:M c:O 5:N a:O 6:M 4:O 1:Gran 8:O 2:Gran 2:O 2:Gran 16:O 1:Gran 7:O 1:Gran 2:O
1:Gran 5:O 1:M 2:Gran 1:M 7:O 2:M 2:O 2:M 3:O 2:Gran 1:O 6:M 1:O 5:Gran 5:M 2:O 2:M 7:O 3:M 5:O b:Tutg a:O 1:Tutg 1:O 2:Tutg 1:O 1:Tutg
26:O 1:Tutg 1:M 9:O 1:M 1:O 2:M 1:O 1:M 4:O 1:M 5:Tutg 1:M 1:Tutg 1:P 2:O 1:P 2:O 8:M 2:O 1d:Newa 35:M 12:Newa 4:P 5:N a:P 2:O 1:P 1:M
1:Newa 3:O 1e:Tirh 30:M 14:Tirh 2:P 1:Tirh 1:O 8:N a:O a6:Sidd 2f:M 7:O 2:M 9:P 17:Sidd 4:M 2:O 22:Modi 30:M 11:P 3:Modi 1:O b:N a:O 6:P
d:O 13:Takr 2b:M d:Takr 1:P 1:O 6:N a:O 6:N 14:O 1c:Ahom 1b:O 2:M f:O 4:N c:P 3:O 1:Ahom 7:O b9:Dogr 2c:M f:P 1:O 64:Wara 40:N 13:O c:Wara
1:Diak 7:O 2:Diak 1:O 2:Diak 8:O 1:Diak 2:O 1:Diak 18:M 6:O 1:M 2:O 2:M 4:Diak 1:M 1:Diak 1:M 2:P 3:O 9:N a:O 46:Nand 8:O 2:Nand 27:M 7:O
2:M 7:Nand 1:P 1:Nand 1:M 1:O 1b:Zanb 1:M a:Zanb 28:M 7:Zanb 1:M 4:P 8:M 1:O 8:Soyo 1:M b:Soyo 2e:M 10:P 3:Soyo 1:P 5:O d:Cans 10:Pauc
39:O 7:P a:Deva 1:O 55:M 8:O 58:Sunu 21:P 1:O e:N a:O 6:Bhks 9:O 1:Bhks 25:M 8:O 1:M 8:Bhks 1:P 5:O a:N 1d:O 3:P 2:Marc 1e:O 2:M 16:O 1:M
e:O 49:Gonm 7:O 1:Gonm 2:O 1:Gonm 26:M 6:O 3:M 1:O 1:M 2:O 1:M 7:Gonm 1:M 1:O 8:N a:O 6:Gong 6:O 1:Gong 2:O 1:Gong 20:M 5:O 1:M 2:O 1:M
5:Gong 1:O 7:N a:O 6:Tols 2c:O 4:N a:O 6:M 1:Beng 1:O ee:Maka 13:M 4:P 2:O 7:M 2:Kawi 1:M 1:Kawi d:O 1:Kawi 22:M 7:O 3:M 5:P d:N a:M 1:O
55:Lisu 1:O f:N 15:O 2a:P 1:Xsux 39a:O 66:N 70:P 5:N b:Xsux c4:O c:N 137:O 909:Cpmn 61:P 2:O d:Egyp 430:O 10:M 1:Egyp 6:M f:O a:Egyp f9b:O
5:Hluw 247:O 1ab9:Gukh 1e:M 12:N a:O 6c6:Bamu 239:O 7:Mroo 1f:O 1:N a:O 4:P 2:Tnsa 4f:O 1:N a:O 6:Bass 1e:O 2:M 5:P 1:O a:Hmng 30:M 7:P
5:O 4:Hmng 4:P 1:O b:N a:O 1:N 7:O 1:Hmng 15:O 5:Hmng 13:O 1b0:Krai 2d:P 3:N a:O c6:Medf 40:N 17:P 4:O 5:Berf 19:O 2:Berf 19:O 2c:Miao
4b:O 4:M 1:Miao 1:M 37:O 7:M 4:Miao d:O 40:Tang 1:Nshu 1:P 1:Hani 1:M 1:O b:M 2:Hani 2:N 3:O 9:Tang 1b00:Kits 1db:O 24:Kits 1:Tang 21:O
5f:Tang 73:O d:Jurc 392:O e:Jurc 33:O 1e1d:Kana 4:O 1:Kana 7:O 1:Kana 2:O 1:Kana 1:Hira 11f:Kana 3:Hira 1:Kana 5:O 9:Hira 1:O 1d:Hira 3:O
2:Kana 1:O e:Kana 5:O 7:Nshu 18c:O 904:Dupl 6b:O 5:Dupl d:O 3:Dupl 9:O 7:Dupl a:O 3:M 2:P 1:O 1050:N a:O 206:M 2e:O 2:M 17:O 1e0:M 2:O
3c:M 5:O 3:M 6:O 8:M 8:O 2:M 7:O 1e:M 4:O 94:M 3:O b:M 3:O 8:M 2:O 2:M 1:O 20:M 2:O 3e:N 14:O c:N 14:O 6c:N 19:O 87:Zyyy 55:O 1:Zyyy 47:O
1:Zyyy 2:O 2:Zyyy 1:O 2:Zyyy 2:O 2:Zyyy 4:O 1:Zyyy c:O 1:Zyyy 1:O 1:Zyyy 7:O 1:Zyyy 41:O 1:Zyyy 4:O 2:Zyyy 8:O 1:Zyyy 7:O 1:Zyyy 1c:O
1:Zyyy 4:O 1:Zyyy 5:O 1:Zyyy 1:O 3:Zyyy 7:O 1:Zyyy 155:O 1:Zyyy 19:O 1:Zyyy 19:O 1:Zyyy 1f:O 1:Zyyy 19:O 1:Zyyy 1f:O 1:Zyyy 19:O 1:Zyyy
1f:O 1:Zyyy 19:O 1:Zyyy 1f:O 1:Zyyy 19:O 1:Zyyy 8:O 2:N 32:O 200:M 37:O 4:M 32:O 8:M 1:O e:M 1:O 2:P 5:O f:M 5:O 1:M f:O 450:Latn 82:O
e:Latn 7:O 36:Latn 26:Grek 2:Latn b:M 7:O 1:M 11:O 2:M 7:O 1:M 2:O 1:M 5:O 5:Cyrl 3e:O 21:M 1:O 70:Hmnp 2d:O 3:M 7:Hmnp 7:O 2:N a:O 4:Hmnp
1:O 141:Toto 1e:M 1:O 11:Wcho 2c:M 4:N a:O 1d6:Nagm 1c:M 4:N a:O d6:Onao 1e:M 2:Onao 1:N a:O 4:P 1:O c0:Tayo 1f:O 1:Tayo 3:M 1:Tayo 2:M
1:Tayo 7:M 2:Tayo 5:M 1:O 8:Tayo 2:O e0:Ethi 7:O 1:Ethi 4:O 1:Ethi 2:O 1:Ethi f:O 1:Mend c5:O 2:N 9:M 7:O 29:Adlm 44:M 7:Adlm 1:O 4:N a:O
4:P 2:O 311:N 3b:O 1:N 3:O 1:N 4:O 4c:N 2d:O 1:N f:O c2:Arab 4:O 1:Arab 1b:O 1:Arab 2:O 1:Arab 1:O 2:Arab 1:O 1:Arab a:O 1:Arab 4:O 1:Arab
1:O 1:Arab 1:O 6:Arab 1:O 4:Arab 1:O 1:Arab 1:O 1:Arab 1:O 1:Arab 3:O 1:Arab 2:O 1:Arab 1:O 2:Arab 1:O 1:Arab 1:O 1:Arab 1:O 1:Arab 1:O
1:Arab 1:O 1:Arab 2:O 1:Arab 1:O 2:Arab 4:O 1:Arab 7:O 1:Arab 4:O 1:Arab 4:O 1:Arab 1:O 1:Arab a:O 1:Arab 11:O 5:Arab 3:O 1:Arab 5:O
1:Arab 11:O 244:N d:O ae3:N a:O 406:Hani a6e0:O 20:Hani 111f:O 1:Hani 168e:O 2:Hani 1d31:O f:Hani 26e:O 9a2:Hani 21e:O 5e2:Hani 134b:O
5:Hani 212a:O 9b86:Seal 2c40:O a04c0:M f0:O
"""
