/**
 * A refusal in S3's own words: the server turns it into the XML document that every SDK reads.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export class S3Error extends Error {
  override readonly name = "S3Error";
  readonly status: number;
  /** S3's error code, e.g. `NoSuchKey`. */
  readonly code: string;
  /** Further elements of the error document, in order, e.g. `Key`. */
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      readonly details?: Readonly<Record<string, string>>;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = more.details ?? {};
    this.headers = more.headers ?? {};
  }
}

export function noSuchBucket(bucket: string): S3Error {
  return new S3Error(404, "NoSuchBucket", "The specified bucket does not exist", {
    details: { BucketName: bucket },
  });
}

export function noSuchKey(key: string): S3Error {
  return new S3Error(404, "NoSuchKey", "The specified key does not exist.", { details: { Key: key } });
}

export function noSuchUpload(uploadId: string): S3Error {
  return new S3Error(
    404,
    "NoSuchUpload",
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { details: { UploadId: uploadId } },
  );
}

export function accessDenied(message = "Access Denied"): S3Error {
  return new S3Error(403, "AccessDenied", message);
}

export function invalidRequest(message: string): S3Error {
  return new S3Error(400, "InvalidRequest", message);
}

export function invalidArgument(name: string, value: string, message: string): S3Error {
  return new S3Error(400, "InvalidArgument", message, {
    details: { ArgumentName: name, ArgumentValue: value },
  });
}

export function preconditionFailed(condition: string): S3Error {
  return new S3Error(
    412,
    "PreconditionFailed",
    "At least one of the pre-conditions you specified did not hold",
    { details: { Condition: condition } },
  );
}

export function malformedXml(): S3Error {
  return new S3Error(
    400,
    "MalformedXML",
    "The XML you provided was not well-formed or did not validate against our published schema",
  );
}

export function signatureDoesNotMatch(): S3Error {
  return new S3Error(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  );
}

/** Fewer bytes came than were announced. */
export function incompleteBody(): S3Error {
  return new S3Error(
    400,
    "IncompleteBody",
    "You did not provide the number of bytes specified by the Content-Length HTTP header",
  );
}

export function malformedTrailer(): S3Error {
  return new S3Error(
    400,
    "MalformedTrailerError",
    "The request contained trailing data that was not well-formed.",
  );
}

/** The sandbox does not imitate this part of S3: said loudly, by name. */
export function notImplemented(feature: string): S3Error {
  return new S3Error(501, "NotImplemented", `redshift-sandbox does not imitate ${feature}`);
}

export function badDigest(message: string): S3Error {
  return new S3Error(400, "BadDigest", message);
}
