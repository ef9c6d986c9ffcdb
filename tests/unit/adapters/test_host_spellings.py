"""Licences as hosts and people spell them in dataset metadata: to SPDX, to a named LicenseRef, or to nothing, and never to a guess.

Each line is a spelling and what it means; ``-`` is NOASSERTION, which every reader of evidence keeps as unread words.
"""

import pytest

from pipeline.adapters.spdx import normalize_expression, read_expression
from pipeline.adapters.statements import read_statements
from pipeline.domain.sources import Evidence

TABLE = """
cc by nc sa 4.0                         | CC-BY-NC-SA-4.0
cc-by-2.0                               | CC-BY-2.0
cc-by-2.5                               | CC-BY-2.5
cc-by-3.0                               | CC-BY-3.0
cc-by-4.0                               | CC-BY-4.0
cc-by-sa-3.0                            | CC-BY-SA-3.0
cc-by-sa-4.0                            | CC-BY-SA-4.0
cc-by-nc-2.0                            | CC-BY-NC-2.0
cc-by-nc-3.0                            | CC-BY-NC-3.0
cc-by-nc-4.0                            | CC-BY-NC-4.0
cc-by-nd-4.0                            | CC-BY-ND-4.0
cc-by-nc-nd-3.0                         | CC-BY-NC-ND-3.0
cc-by-nc-nd-4.0                         | CC-BY-NC-ND-4.0
cc-by-nc-sa-2.0                         | CC-BY-NC-SA-2.0
cc-by-nc-sa-3.0                         | CC-BY-NC-SA-3.0
cc-by-nc-sa-4.0                         | CC-BY-NC-SA-4.0
cc0-1.0                                 | CC0-1.0
CC0: Public Domain                      | CC0-1.0
CC0 1.0 Universal                       | CC0-1.0
CC BY 4.0 International                 | CC-BY-4.0
CC BY-SA 4.0 DEED                       | CC-BY-SA-4.0
CC_BY_4.0                               | CC-BY-4.0
CC-BY-4                                 | CC-BY-4.0
CC BY4.0                                | CC-BY-4.0
Creative Commons BY-NC 4.0              | CC-BY-NC-4.0
Creative Commons Attribution Share Alike 4.0 | CC-BY-SA-4.0
Creative Commons Attribution-ShareAlike 3.0 Unported | CC-BY-SA-3.0
Creative Commons Attribution 4.0 International Public License | CC-BY-4.0
Attribution-NonCommercial 4.0 International (CC BY-NC 4.0) | CC-BY-NC-4.0
cc-by-nc-4.0 (non-commercial)           | CC-BY-NC-4.0
CC BY-NC-SA 3.0 IGO                     | CC-BY-NC-SA-3.0-IGO
CC BY 3.0 DE                            | CC-BY-3.0-DE
CC BY 2.0 FR                            | LicenseRef-CC-BY-2.0-FR
知识共享 署名-相同方式共享 4.0 国际许可协议 | CC-BY-SA-4.0
CC BY-NC-SA 4.0 国际                    | CC-BY-NC-SA-4.0
https://creativecommons.org/licenses/by-nc/4.0/deed.en | CC-BY-NC-4.0
http://creativecommons.org/licenses/by-sa/3.0/ | CC-BY-SA-3.0
cc                                      | LicenseRef-CC-unversioned
cc-by                                   | LicenseRef-CC-BY-unversioned
CCBY                                    | LicenseRef-CC-BY-unversioned
CC BY NC                                | LicenseRef-CC-BY-NC-unversioned
cc-by-nc-sa                             | LicenseRef-CC-BY-NC-SA-unversioned
CC-BY-NC-ND                             | LicenseRef-CC-BY-NC-ND-unversioned
creative commons attribution            | LicenseRef-CC-BY-unversioned
https://creativecommons.org/licenses/by/ | LicenseRef-CC-BY-unversioned
MIT License (Expat)                     | MIT
mit-license                             | MIT
license: mit                            | MIT
['mit']                                 | MIT
mit-0                                   | MIT-0
Apache 2                                | Apache-2.0
apache-2.0                              | Apache-2.0
ApacheV2                                | Apache-2.0
apache_2_0                              | Apache-2.0
The Apache Software License, Version 2.0 | Apache-2.0
https://opensource.org/license/apache-2-0 | Apache-2.0
Apache license                          | LicenseRef-Apache-unversioned
bsd                                     | LicenseRef-BSD-unversioned
bsd-3-clause-clear                      | BSD-3-Clause-Clear
3-Clause BSD                            | BSD-3-Clause
bsd2                                    | BSD-2-Clause
gpl                                     | LicenseRef-GPL-unversioned
gpl-3.0                                 | GPL-3.0-only
GPL (>= 2)                              | GPL-2.0-or-later
GPL (≥ 3)                               | GPL-3.0-or-later
GPL (< 3)                               | -
GNU GPL 3                               | GPL-3.0-only
https://www.gnu.org/licenses/gpl-3.0.en.html | GPL-3.0-only
lgpl                                    | LicenseRef-LGPL-unversioned
lgpl-lr                                 | LGPLLR
AGPL                                    | LicenseRef-AGPL-unversioned
agpl-3.0                                | AGPL-3.0-only
gfdl                                    | LicenseRef-GFDL-unversioned
GFDL 1.3                                | GFDL-1.3-only
mpl-2.0                                 | MPL-2.0
afl-3.0                                 | AFL-3.0
artistic-2.0                            | Artistic-2.0
bsl-1.0                                 | BSL-1.0
Business Source License 1.1             | BUSL-1.1
ecl-2.0                                 | ECL-2.0
epl-2.0                                 | EPL-2.0
eupl-1.1                                | EUPL-1.1
EUPL                                    | LicenseRef-EUPL-unversioned
isc                                     | ISC
lppl-1.3c                               | LPPL-1.3c
ms-pl                                   | MS-PL
ncsa                                    | NCSA
ofl-1.1                                 | OFL-1.1
OFL                                     | LicenseRef-OFL-unversioned
osl-3.0                                 | OSL-3.0
postgresql                              | PostgreSQL
unlicense                               | Unlicense
wtfpl                                   | WTFPL
zlib                                    | Zlib
cecill 2.1                              | CECILL-2.1
木兰宽松许可证第2版                     | MulanPSL-2.0
odc-by                                  | ODC-By-1.0
ODC-BY 1.0                              | ODC-By-1.0
Open Data Commons Attribution License v1.0 | ODC-By-1.0
https://opendatacommons.org/licenses/by/1-0/ | ODC-By-1.0
odbl                                    | ODbL-1.0
ODC-ODbL                                | ODbL-1.0
Open Data Commons Open Database License (ODbL) | ODbL-1.0
pddl                                    | PDDL-1.0
ODC-PDDL-1.0                            | PDDL-1.0
DbCL                                    | LicenseRef-DbCL-1.0
c-uda                                   | C-UDA-1.0
O-UDA                                   | LicenseRef-O-UDA-1.0
cdla-sharing-1.0                        | CDLA-Sharing-1.0
cdla-permissive-1.0                     | CDLA-Permissive-1.0
CDLA Permissive 2.0                     | CDLA-Permissive-2.0
https://cdla.dev/permissive-2-0/        | CDLA-Permissive-2.0
cdla                                    | LicenseRef-CDLA-unversioned
cdla-permissive                         | LicenseRef-CDLA-Permissive-unversioned
etalab-2.0                              | etalab-2.0
Licence Ouverte / Open Licence 2.0      | etalab-2.0
OGL-UK-3.0                              | OGL-UK-3.0
Open Government Licence v3              | OGL-UK-3.0
https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/ | OGL-UK-3.0
OGL                                     | LicenseRef-OGL-unversioned
dl-de/by-2-0                            | DL-DE-BY-2.0
NLOD 2.0                                | NLOD-2.0
NLOD                                    | LicenseRef-NLOD-unversioned
openrail                                | LicenseRef-OpenRAIL
openrail++                              | LicenseRef-OpenRAIL-plus-plus-M
OpenRAIL++-M                            | LicenseRef-OpenRAIL-plus-plus-M
bigcode-openrail-m                      | LicenseRef-BigCode-OpenRAIL-M
bigscience-openrail-m                   | LicenseRef-BigScience-OpenRAIL-M
bigscience-bloom-rail-1.0               | LicenseRef-BigScience-BLOOM-RAIL-1.0
creativeml-openrail-m                   | LicenseRef-CreativeML-OpenRAIL-M
llama2                                  | LicenseRef-Llama-2
Llama 2 Community License               | LicenseRef-Llama-2
llama3.1                                | LicenseRef-Llama-3.1
LLaMA 3.1 Community License Agreement   | LicenseRef-Llama-3.1
llama4                                  | LicenseRef-Llama-4
gemma                                   | LicenseRef-Gemma
deepfloyd-if-license                    | LicenseRef-DeepFloyd-IF
fair-noncommercial-research-license     | LicenseRef-FAIR-Noncommercial-Research
apple-amlr                              | LicenseRef-Apple-AMLR
intel-research                          | LicenseRef-Intel-Research
Public Domain                           | LicenseRef-scancode-public-domain
公共领域                                | LicenseRef-scancode-public-domain
proprietary                             | LicenseRef-all-rights-reserved
版权所有                                | LicenseRef-all-rights-reserved
cc-by-4.0, cc-by-sa-3.0                 | CC-BY-4.0 AND CC-BY-SA-3.0
mit; apache-2.0                         | Apache-2.0 AND MIT
cc-by-4.0 + mit                         | CC-BY-4.0 AND MIT
MIT and CC BY-NC 4.0                    | CC-BY-NC-4.0 AND MIT
apache-2.0 / mit                        | Apache-2.0 OR MIT
other                                   | -
unknown                                 | -
Unspecified                             | -
Custom                                  | -
None                                    | -
See repository                          | -
Various                                 | -
Non Commercial                          | -
Academic Research Purposes Only         | -
仅供学术研究使用                        | -
fair use                                | -
open source                             | -
Open Data                               | -
LDC User Agreement                      | -
Kaggle                                  | -
BSL 1.1                                 | -
OGL v3.0                                | -
CC BY 4.0 with attribution              | -
CC-BY-4.0 or later                      | -
Apache 2.0 with Commons Clause          | -
Apache 2.0 non-commercial               | -
MIT, non-commercial use only            | -
MIT + file LICENSE                      | -
CC BY 5.0                               | -
https://huggingface.co/datasets/x/y/blob/main/LICENSE | -
"""
SPELLINGS = [tuple(part.strip() for part in line.rsplit("|", 1)) for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("written", "meant"), SPELLINGS)
def test_spelling_of_a_host(written, meant):
    found = normalize_expression(written)
    assert (found or "-") == meant
    assert found is None or read_expression(found) == found


@pytest.mark.parametrize("written", [written for written, meant in SPELLINGS if meant == "-" and not written.startswith("http")])
def test_what_is_no_licence_is_kept_as_words(written):
    """A card's unread words are a statement without an expression, or none: never a licence."""
    declared = Evidence("README.md", "dataset_card", "data", "the host", "2026-11-22")
    for statement in read_statements(declared, "text/markdown", f"---\nlicense: {written!r}\n---\n".encode()):
        assert statement.expression is None


def test_the_table_is_large_enough_to_mean_something():
    assert len({written for written, _ in SPELLINGS}) >= 120
