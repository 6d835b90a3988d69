"""Lets pyHanko judge the first signature of a file as ETSI EN 319 102-1, 5.6 says, with archived data: judge_ltv.py ROOT TIME FILE

Revocation data are required, and nothing is fetched: all that is needed must be in the file. Succeeds when the signature has passed.
"""

import asyncio
import sys
from datetime import datetime

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy, FreshnessReqType
from pyhanko_certvalidator.registry import SimpleTrustManager

root, at, name = sys.argv[1:]
with open(root, "rb") as file:
    root = x509.Certificate.load(pem.unarmor(file.read())[2])
at = datetime.fromisoformat(at)
revocation = CertRevTrustPolicy(REQUIRE_REVINFO, freshness=None, freshness_req_type=FreshnessReqType.MAX_DIFF_REVOCATION_VALIDATION)
spec = SignatureValidationSpec(
    cert_validation_policy=CertValidationPolicySpec(SimpleTrustManager.build([root]), revocation),
    revinfo_gathering_policy=RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY),
)
timing = ValidationTimingInfo(validation_time=at, best_signature_time=at, point_in_time_validation=True)
with open(name, "rb") as file:
    signature = PdfFileReader(file).embedded_regular_signatures[0]
    result = asyncio.run(ades_lta_validation(signature, PdfSignatureValidationSpec(spec), timing_info=timing))
    print(result.ades_subindic, result.api_status.pretty_print_details() if result.api_status else "", result.failure_msg)
    sys.exit(0 if str(result.ades_subindic).endswith("OK") and result.api_status.bottom_line else 1)
